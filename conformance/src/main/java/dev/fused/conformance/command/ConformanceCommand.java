package dev.fused.conformance.command;

import dev.fused.conformance.ConsoleReport;
import dev.fused.conformance.HtmlReport;
import dev.fused.conformance.JUnitReport;
import dev.fused.conformance.KernelPreset;
import dev.fused.conformance.LawMethod;
import dev.fused.conformance.Report;
import dev.fused.conformance.ReportedLaw;
import dev.fused.conformance.Result;
import dev.fused.conformance.ServerUnderTest;
import dev.fused.conformance.Subject;
import dev.fused.conformance.Suite;
import dev.fused.conformance.directory.DirectoryCheck;
import dev.fused.conformance.directory.DirectoryLaw;
import dev.fused.daemon.Subcommand;
import dev.fused.server.linux.KernelClock;
import dev.fused.server.session.SessionOptions;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Checks a server against the laws of the protocol, or a directory against those of system calls.
 */
@Command(
    name = "conformance",
    description = {
      "Checks a FUSE server frame by frame, without a mount: a simulated kernel asks, and "
          + "laws say how it must be answered. Without --server the file system of this program "
          + "is checked. With --directory a directory of any file system is checked instead, by "
          + "laws of what system calls do.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "A server writes below the root of its file system; what it makes is removed again. "
          + "For example:",
      "  fused conformance --server 'squashfuse -f image.sqsh {fd}' --html report.html",
      "",
      "The laws of a directory are run by python3, 3.9 or later, in a new directory in "
          + "DIR, which is removed at the end. Laws that need what is missing are skipped, with "
          + "the reason. Root needs to skip fewer, and fewer on a mount with allow_other:",
      "  sudo fused conformance --directory /mnt/fast --html report.html",
      "",
      "Exit status: 0 all laws hold, 1 some do not, or the check cannot be made."
    })
public final class ConformanceCommand implements Subcommand {
  private static final String ALL = "all";
  private static final Duration SERVER_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration DIRECTORY_TIMEOUT = Duration.ofSeconds(60);

  @Mixin private ServerChoice choice = new ServerChoice();

  @Option(
      names = "--kernel",
      paramLabel = "KERNEL",
      split = ",",
      description =
          "Which kernels to play: releases (6.12), protocol versions (7.41), or \"all\" "
              + "for each version from 7.12 on; by default those releases that have a name.")
  private List<String> kernels = new ArrayList<>();

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "Checks this directory, and not a server.")
  private @Nullable Path directory;

  @Option(
      names = "--law",
      paramLabel = "WORD",
      split = ",",
      description = "Only the laws of this opcode or topic, or whose name has this word in it.")
  private List<String> words = new ArrayList<>();

  @Option(names = "--list", description = "Lists the laws, and checks nothing.")
  private boolean list;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description =
          "How long an answer may take, 5 by default; with --directory how long a law may "
              + "take, 60 by default.")
  private @Nullable Integer timeout;

  @Option(names = "--junit", paramLabel = "FILE", description = "Writes the results as JUnit XML.")
  private @Nullable Path junit;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Writes the results as one HTML page.")
  private @Nullable Path html;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean help;

  @Override
  public Integer call() throws IOException {
    if (timeout != null && timeout < 1) {
      throw new IllegalArgumentException("--timeout must be 1 second or more, but is " + timeout);
    }
    return directory == null ? checkServer() : checkDirectory(directory);
  }

  private int checkServer() throws IOException {
    List<LawMethod> laws = chosen(LawMethod.all());
    if (list) {
      return show(laws);
    }
    List<KernelPreset> presets = presets();
    ServerUnderTest server = choice.server(KernelClock.open(), SessionOptions.DEFAULT);
    ConsoleReport console = new ConsoleReport(Subject.SERVER, System.out, isTerminal());
    Instant start = Instant.now();
    int kernels = presets.size();
    console.begin(
        server.describe(), laws.size(), kernels + (kernels == 1 ? " kernel" : " kernels"));
    List<Result> all = new ArrayList<>();
    for (KernelPreset preset : presets) {
      List<Result> results = new ArrayList<>();
      try (Suite suite = new Suite(server, preset, patience(SERVER_TIMEOUT))) {
        suite.start();
        for (LawMethod law : laws) {
          console.running(preset.toString(), law, results.size() + 1, laws.size());
          results.add(suite.run(law));
        }
      }
      console.finished(preset.toString(), results);
      all.addAll(results);
    }
    return end(console, new Report(Subject.SERVER, server.describe(), version(), start, all));
  }

  private int checkDirectory(Path directory) throws IOException {
    if (choice.isMade() || !kernels.isEmpty()) {
      throw new IllegalArgumentException(
          "--directory checks what is there; --server, --file-system, -o and --kernel choose what"
              + " to serve, and do not go with it");
    }
    List<DirectoryLaw> laws = chosen(DirectoryLaw.all());
    if (list) {
      return show(laws);
    }
    ConsoleReport console = new ConsoleReport(Subject.DIRECTORY, System.out, isTerminal());
    Instant start = Instant.now();
    try (DirectoryCheck check = new DirectoryCheck(directory, patience(DIRECTORY_TIMEOUT))) {
      console.begin(
          directory.toString(), laws.size(), "on a file system of type " + check.column().detail());
      DirectoryProgress progress = new DirectoryProgress(console, laws);
      check.run(laws, progress);
      Report report =
          new Report(Subject.DIRECTORY, directory.toString(), version(), start, progress.results());
      int status = end(console, report);
      if (check.leftBehind() != null) {
        System.err.println("fused: " + check.leftBehind());
        return 1;
      }
      return status;
    }
  }

  private int show(List<? extends ReportedLaw> laws) {
    laws.forEach(law -> System.out.printf("%-20s %s%n", law.topic(), law.sentence()));
    return 0;
  }

  private Duration patience(Duration byDefault) {
    return timeout == null ? byDefault : Duration.ofSeconds(timeout);
  }

  private int end(ConsoleReport console, Report report) throws IOException {
    console.end(report);
    if (junit != null) {
      JUnitReport.write(report, junit);
    }
    if (html != null) {
      HtmlReport.write(report, html);
    }
    return report.hasFailures() ? 1 : 0;
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  private <L extends ReportedLaw> List<L> chosen(List<L> laws) {
    List<L> chosen =
        laws.stream()
            .filter(law -> words.isEmpty() || words.stream().anyMatch(word -> isMeant(law, word)))
            .toList();
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no law for " + String.join(", ", words) + "; --list shows all");
    }
    return chosen;
  }

  private static boolean isMeant(ReportedLaw law, String word) {
    return law.topic().equalsIgnoreCase(word)
        || law.name().contains(word)
        || law.sentence().contains(word);
  }

  private List<KernelPreset> presets() {
    if (kernels.isEmpty()) {
      return KernelPreset.releases();
    }
    return kernels.equals(List.of(ALL))
        ? KernelPreset.all()
        : kernels.stream().map(KernelPreset::parse).distinct().sorted().toList();
  }

  private static String version() {
    String version = ConformanceCommand.class.getPackage().getImplementationVersion();
    return "fused conformance " + (version == null ? "(not packaged)" : version);
  }
}
