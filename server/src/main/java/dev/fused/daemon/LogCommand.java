package dev.fused.daemon;

import dev.fused.daemon.control.ControlClient;
import dev.fused.daemon.control.ControlRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fused log}: changes what a server logs, while it serves. */
@Command(
    name = "log",
    description = {
      "Changes what the server of a mount logs, without a restart; says what is in force.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false)
final class LogCommand implements Callable<Integer> {
  private enum OnOff {
    on,
    off
  }

  @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
  private Path mountPoint = Path.of("");

  @Option(
      names = "--requests",
      paramLabel = "on|off",
      description = "Whether each message between kernel and server is logged.")
  private @Nullable OnOff requests;

  @Option(
      names = "--level",
      paramLabel = "LEVEL",
      description = "The least that is logged: error, warn, info or debug.")
  private @Nullable String level;

  @Override
  public Integer call() throws IOException {
    ControlRequest request =
        ControlRequest.log(level, requests == null ? null : requests == OnOff.on);
    System.out.println(ControlClient.at(mountPoint).ask(request).done());
    return 0;
  }
}
