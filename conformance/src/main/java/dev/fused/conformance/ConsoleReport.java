package dev.fused.conformance;

import dev.fused.conformance.Result.Outcome;
import java.io.PrintStream;
import java.util.List;

/** Progress while laws run, and a summary when they have. */
public final class ConsoleReport {
  private final PrintStream out;
  private final boolean terminal;

  /**
   * @param terminal whether a line can be written over
   */
  public ConsoleReport(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** Before the first law. */
  public void begin(String server, int laws, int kernels) {
    out.printf(
        "checking %s%n%d laws, %d %s%n",
        server, laws, kernels, kernels == 1 ? "kernel" : "kernels");
  }

  /** Before each law. */
  public void running(KernelPreset preset, LawMethod law, int number, int of) {
    if (terminal) {
      out.printf("\r\033[K%-18s %3d/%d %s", preset, number, of, law);
      out.flush();
    }
  }

  /** After the last law of a kernel. */
  public void finished(KernelPreset preset, List<Result> results) {
    if (terminal) {
      out.print("\r\033[K");
    }
    out.printf(
        "%-18s %3d passed, %d failed, %d skipped, %d not applicable (%d ms)%n",
        preset,
        count(results, Outcome.PASSED),
        count(results, Outcome.FAILED),
        count(results, Outcome.SKIPPED),
        count(results, Outcome.NOT_APPLICABLE),
        Report.time(results).toMillis());
    out.flush();
  }

  /** After all. */
  public void end(Report report) {
    List<Report.Finding> skipped = report.findings(Outcome.SKIPPED);
    if (!skipped.isEmpty()) {
      out.printf("%nskipped, as this server leaves it out:%n");
      skipped.stream()
          .map(finding -> finding.reason())
          .distinct()
          .sorted()
          .forEach(reason -> out.printf("  %s%n", reason));
    }
    List<Report.Finding> failed = report.findings(Outcome.FAILED);
    for (Report.Finding finding : failed) {
      out.printf(
          "%nFAILED %s: %s%n  with %s%n  %s%n",
          finding.law().opcode(),
          finding.law().sentence(),
          report.describe(finding.presets()),
          finding.reason());
    }
    out.printf(
        "%n%d passed, %d failed, %d skipped, %d not applicable%n",
        report.count(Outcome.PASSED),
        report.count(Outcome.FAILED),
        report.count(Outcome.SKIPPED),
        report.count(Outcome.NOT_APPLICABLE));
  }

  private static long count(List<Result> results, Outcome outcome) {
    return results.stream().filter(result -> result.outcome() == outcome).count();
  }
}
