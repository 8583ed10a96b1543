package dev.fused.daemon;

import dev.fused.server.mount.Mount;
import dev.fused.server.mount.MountHelper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code fused abort}: the way out of a server that does not answer. */
@Command(
    name = "abort",
    description = {
      "Ends the connection of a mount in the kernel, whether its server answers or not: whoever",
      "waits for it gets an error at once. Data that is not written back is lost. A server that",
      "runs then ends and takes its mount away; one that is dead leaves it to: fused unmount.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class AbortCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
  private Path mountPoint = Path.of("");

  /** Through the kernel, not through the server: that may be what hangs. */
  @Override
  public Integer call() throws IOException {
    Mount mount = MountHelper.mountAt(mountPoint.toAbsolutePath().normalize());
    mount.abortConnection();
    System.out.println(mount.path() + " aborted");
    return 0;
  }
}
