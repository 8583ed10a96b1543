package dev.fused.daemon;

import dev.fused.daemon.control.ControlClient;
import dev.fused.daemon.control.ControlRequest;
import dev.fused.daemon.control.StatusReport;
import dev.fused.daemon.top.Screen;
import dev.fused.daemon.top.TopView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fused top}: what a mount does, now and again. */
@Command(
    name = "top",
    description = {
      "Shows what a mount does: rates, latencies, the operations that there are most of, and the",
      "processes that ask for them. Ends when q or Ctrl-C is pressed. Does not touch the mount.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false)
final class TopCommand implements Callable<Integer> {
  private static final double LEAST_SECONDS = 0.1;
  private static final double MOST_SECONDS = 600;

  @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
  private Path mountPoint = Path.of("");

  @Option(
      names = {"-d", "--interval"},
      paramLabel = "SECONDS",
      defaultValue = "2",
      description = "How long each frame tells of, 0.1 to 600; ${DEFAULT-VALUE} by default.")
  private double seconds;

  @Option(
      names = {"-b", "--batch"},
      description = "Prints frames one after the other, for files and scripts.")
  private boolean batch;

  @Option(names = "-n", paramLabel = "COUNT", description = "How many frames; no end by default.")
  private @Nullable Integer count;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!(seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS)) {
      throw new IllegalArgumentException("--interval must be 0.1 to 600, but is " + seconds);
    }
    if (count != null && count < 1) {
      throw new IllegalArgumentException("-n must be 1 or more, but is " + count);
    }
    ControlClient server = ControlClient.at(mountPoint);
    StatusReport before = ask(server);
    if (batch) {
      show(server, before, null);
    } else {
      try (Screen screen = new Screen()) {
        show(server, before, screen);
      }
    }
    return 0;
  }

  private void show(ControlClient server, StatusReport first, @Nullable Screen screen)
      throws IOException, InterruptedException {
    long millis = Math.round(seconds * 1000);
    StatusReport before = first;
    for (int frames = 0; count == null || frames < count; frames++) {
      if (screen == null) {
        Thread.sleep(millis);
      } else if (screen.awaitQuit(millis)) {
        return;
      }
      StatusReport now = ask(server);
      TopView view = new TopView(before, now);
      if (screen == null) {
        System.out.println(String.join("\n", view.lines()) + "\n");
      } else {
        screen.show(view.lines());
      }
      before = now;
    }
  }

  /** The server counts callers for some intervals more: then it knows that nobody looks. */
  private StatusReport ask(ControlClient server) throws IOException {
    long lease = Math.round(seconds * 3000) + 5000;
    return server.ask(ControlRequest.watch(lease)).requireStatus();
  }
}
