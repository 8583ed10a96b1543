package dev.fused.conformance.command;

import dev.fused.conformance.ConsoleReport;
import dev.fused.conformance.HtmlReport;
import dev.fused.conformance.InProcessServer;
import dev.fused.conformance.JUnitReport;
import dev.fused.conformance.KernelPreset;
import dev.fused.conformance.LawMethod;
import dev.fused.conformance.ProgramServer;
import dev.fused.conformance.Report;
import dev.fused.conformance.Result;
import dev.fused.conformance.ServerUnderTest;
import dev.fused.conformance.Suite;
import dev.fused.daemon.Subcommand;
import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.server.linux.KernelClock;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Checks a server against the laws of the protocol. */
@Command(
    name = "conformance",
    description = {
      "Checks a FUSE server frame by frame, without a mount: a simulated kernel asks, and laws say",
      "how it must be answered. Without --server the file system of this program is checked.",
      ""
    },
    sortOptions = false,
    footer = {
      "",
      "A server writes below the root of its file system; what it makes is removed again.",
      "For example, as root:",
      "  fused conformance --server 'bindfs -f DIRECTORY {fd}' --html report.html",
      "",
      "Exit status: 0 all laws hold, 1 some do not, or the server cannot be started."
    })
public final class ConformanceCommand implements Subcommand {
  private static final String ALL = "all";

  @Option(
      names = "--server",
      paramLabel = "COMMAND",
      description = {
        "Starts another server; {fd} in the command becomes /dev/fd/N, the place that libfuse's",
        "programs take for a mount point. It must stay in the foreground."
      })
  private @Nullable String command;

  @Option(
      names = "--file-system",
      paramLabel = "NAME",
      description = "Which file system of this program; memory by default.")
  private String fileSystem = "memory";

  @Option(
      names = "-o",
      paramLabel = "OPTION",
      split = ",",
      description = "Options of that file system, such as locks=server.")
  private List<String> options = new ArrayList<>();

  @Option(
      names = "--kernel",
      paramLabel = "KERNEL",
      split = ",",
      description = {
        "Which kernels to play: releases (6.12), protocol versions (7.41), or \"all\" for each",
        "version from 7.12 on; by default those releases that have a name."
      })
  private List<String> kernels = new ArrayList<>();

  @Option(
      names = "--law",
      paramLabel = "WORD",
      split = ",",
      description = "Only the laws whose opcode or name has this word in it.")
  private List<String> words = new ArrayList<>();

  @Option(names = "--list", description = "Lists the laws, and checks nothing.")
  private boolean list;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "How long an answer may take; 5 by default.")
  private int timeout = 5;

  @Option(names = "--junit", paramLabel = "FILE", description = "Writes the results as JUnit XML.")
  private @Nullable Path junit;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Writes a page with the matrix of opcodes and kernels.")
  private @Nullable Path html;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean help;

  @Override
  public Integer call() throws IOException {
    List<LawMethod> laws = laws();
    if (list) {
      laws.forEach(law -> System.out.printf("%-20s %s%n", law.opcode(), law.sentence()));
      return 0;
    }
    if (timeout < 1) {
      throw new IllegalArgumentException("--timeout must be 1 second or more, but is " + timeout);
    }
    List<KernelPreset> presets = presets();
    ServerUnderTest server = server();
    ConsoleReport console = new ConsoleReport(System.out, isTerminal());
    Instant start = Instant.now();
    console.begin(server.describe(), laws.size(), presets.size());
    List<Result> all = new ArrayList<>();
    for (KernelPreset preset : presets) {
      List<Result> results = new ArrayList<>();
      try (Suite suite = new Suite(server, preset, Duration.ofSeconds(timeout))) {
        suite.start();
        for (LawMethod law : laws) {
          console.running(preset, law, results.size() + 1, laws.size());
          results.add(suite.run(law));
        }
      }
      console.finished(preset, results);
      all.addAll(results);
    }
    Report report = new Report(server.describe(), version(), start, all);
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

  private List<LawMethod> laws() {
    List<LawMethod> chosen =
        LawMethod.all().stream()
            .filter(
                law ->
                    words.isEmpty()
                        || words.stream()
                            .anyMatch(
                                word ->
                                    law.opcode().name().equalsIgnoreCase(word)
                                        || law.name().contains(word)))
            .toList();
    if (chosen.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no law for " + String.join(", ", words) + "; --list shows all");
    }
    return chosen;
  }

  private List<KernelPreset> presets() {
    if (kernels.isEmpty()) {
      return KernelPreset.releases();
    }
    return kernels.equals(List.of(ALL))
        ? KernelPreset.all()
        : kernels.stream().map(KernelPreset::parse).distinct().sorted().toList();
  }

  private ServerUnderTest server() {
    if (command != null) {
      return new ProgramServer(command);
    }
    FuseFileSystemProvider provider =
        ServiceLoader.load(FuseFileSystemProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.name().equals(fileSystem))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException("there is no file system \"" + fileSystem + "\""));
    Map<String, String> values = new LinkedHashMap<>();
    for (String option : options) {
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      if (!provider.options().containsKey(name)) {
        throw new IllegalArgumentException(
            "the file system %s has no option \"%s\"; it has: %s"
                .formatted(fileSystem, name, String.join(", ", provider.options().keySet())));
      }
      values.put(name, equals < 0 ? "" : option.substring(equals + 1));
    }
    InstantSource clock = KernelClock.open();
    return new InProcessServer(
        "fused, file system " + fileSystem, () -> provider.create(values, clock));
  }

  private static String version() {
    String version = ConformanceCommand.class.getPackage().getImplementationVersion();
    return "fused conformance " + (version == null ? "(not packaged)" : version);
  }
}
