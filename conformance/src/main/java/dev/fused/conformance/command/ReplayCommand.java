package dev.fused.conformance.command;

import dev.fused.conformance.ServerUnderTest;
import dev.fused.conformance.replay.Finding;
import dev.fused.conformance.replay.Outcome;
import dev.fused.conformance.replay.Replay;
import dev.fused.daemon.Subcommand;
import dev.fused.server.capture.CaptureReader;
import dev.fused.server.session.SessionOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a capture against a server and shows the first reply that differs. */
@Command(
    name = "replay",
    description = {
      "Sends the requests of a capture to a server, without a mount, and compares the replies with",
      "the captured ones. \"fused mount --capture FILE\" makes captures.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "Nodeids, handles, inode numbers and positions in directories may be other numbers than in"
          + " the",
      "capture. Times are compared where users set them, and free space never. Give a file system"
          + " of",
      "this program the options that it had: -o size=1g.",
      "",
      "Exit status: 0 all replies are the same, 1 some differ, 2 wrong usage, or a file that"
          + " cannot",
      "be read or replayed to its end."
    })
public final class ReplayCommand implements Subcommand {
  private static final int DIFFERS = 1;
  private static final int UNUSABLE = 2;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE", description = "A capture, compressed with gzip or not.")
  private Path file = Path.of("");

  @Mixin private ServerChoice choice = new ServerChoice();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "How long a reply may take; 10 by default.")
  private int timeout = 10;

  @Option(names = "--all", description = "Goes on after a reply that differs.")
  private boolean all;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean help;

  @Override
  public Integer call() {
    if (timeout < 1) {
      throw new IllegalArgumentException("--timeout must be 1 second or more, but is " + timeout);
    }
    try {
      return replay();
    } catch (IOException e) {
      spec.commandLine().getErr().println("fused: " + e.getMessage());
      return UNUSABLE;
    }
  }

  private int replay() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    SessionOptions options;
    try (CaptureReader reader = CaptureReader.open(file)) {
      options = Replay.askedFor(reader);
    }
    // The file system has the time of the capture, so that what depends on it comes out the same.
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    ServerUnderTest server = choice.server(now::get, options);
    Outcome outcome;
    try (CaptureReader reader = CaptureReader.open(file);
        Replay replay =
            Replay.start(reader, server, Duration.ofSeconds(timeout), new Printer(out), now::set)) {
      outcome = replay.run(all);
      if (outcome.cutShort()) {
        out.printf("note: the file ends within a message, at byte %d%n", reader.offset());
      }
    } finally {
      out.flush();
    }
    out.println(summary(outcome));
    out.flush();
    return outcome.differing() == 0 ? 0 : DIFFERS;
  }

  private static String summary(Outcome outcome) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%,d requests, %,d replies compared: ",
            outcome.requests(),
            outcome.compared()));
    text.append(
        switch ((int) Math.min(outcome.differing(), 2)) {
          case 0 -> "no difference";
          case 1 -> "one differs";
          default -> String.format(Locale.ROOT, "%,d differ", outcome.differing());
        });
    if (!outcome.complete()) {
      text.append("; stopped there (--all goes on)");
    }
    append(text, outcome.skipped(), "requests not sent, as a difference left them without inode");
    append(
        text,
        outcome.complete() ? outcome.unanswered() : 0,
        "requests without reply in the capture");
    append(text, outcome.capturedNotifications(), "notifications in the capture, not compared");
    return text.toString();
  }

  private static void append(StringBuilder text, long count, String what) {
    if (count > 0) {
      text.append(String.format(Locale.ROOT, "; %,d %s", count, what));
    }
  }

  /** Prints what is found when it is found. */
  private record Printer(PrintWriter out) implements Replay.Listener {
    @Override
    public void differs(Finding finding) {
      out.println(finding);
    }

    @Override
    public void note(String note) {
      out.println("note: " + note);
    }
  }
}
