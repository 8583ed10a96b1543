package dev.fused.daemon;

import dev.fused.server.mount.Mount;
import dev.fused.server.mount.MountHelper;
import dev.fused.server.mount.UnmountResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fused unmount}: ends a mount, also one whose server is dead. */
@Command(
    name = "unmount",
    aliases = "umount",
    description = {
      "Unmounts a FUSE file system; its server then ends.",
      "A busy mount is waited for, then unmounted lazily. Works on mounts whose server is gone.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class UnmountCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
  private Path mountPoint = Path.of("");

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      defaultValue = "5",
      description = "How long to wait for a busy mount; ${DEFAULT-VALUE} by default.")
  private int waitSeconds;

  @Override
  public Integer call() throws IOException {
    if (waitSeconds < 0) {
      throw new IllegalArgumentException("--wait must be 0 or more, but is " + waitSeconds);
    }
    Mount mount = MountHelper.mountAt(mountPoint.toAbsolutePath().normalize());
    UnmountResult result = mount.unmount(Duration.ofSeconds(waitSeconds));
    String outcome = mountPoint + " " + result.describe() + mount.describeUsers();
    if (result == UnmountResult.COVERED || result == UnmountResult.STUCK) {
      throw new IOException(outcome);
    }
    System.out.println(outcome);
    return 0;
  }
}
