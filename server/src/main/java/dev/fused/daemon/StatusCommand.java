package dev.fused.daemon;

import dev.fused.daemon.control.ControlClient;
import dev.fused.daemon.control.ControlRequest;
import dev.fused.daemon.control.StatusReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fused status}: what the server of a mount says of itself. */
@Command(
    name = "status",
    description = {
      "Shows what the server of a mount has done since it began: operations, errors, latencies,",
      "loops, memory, and requests past their deadline. Does not touch the mount.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class StatusCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
  private Path mountPoint = Path.of("");

  @Option(names = "--json", description = "Prints all that there is, as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    StatusReport status = ControlClient.at(mountPoint).ask(ControlRequest.status()).requireStatus();
    System.out.print(json ? status.toJson() + "\n" : StatusText.of(status));
    return 0;
  }
}
