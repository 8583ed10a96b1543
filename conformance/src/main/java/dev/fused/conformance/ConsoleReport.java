package dev.fused.conformance;

import dev.fused.conformance.Result.Outcome;
import java.io.PrintStream;
import java.util.List;

/** Progress while laws run, and a summary when they have. */
public final class ConsoleReport {
  private final Subject subject;
  private final PrintStream out;
  private final boolean terminal;

  /**
   * @param terminal whether a line can be written over
   */
  public ConsoleReport(Subject subject, PrintStream out, boolean terminal) {
    this.subject = subject;
    this.out = out;
    this.terminal = terminal;
  }

  /** Before the first law; {@code with} says how many kernels there are, or what kind it is. */
  public void begin(String checked, int laws, String with) {
    out.printf("checking %s%n%d laws, %s%n", checked, laws, with);
    out.flush();
  }

  /** Before each law; {@code part} is the kernel or the topic. */
  public void running(String part, ReportedLaw law, int number, int of) {
    if (terminal) {
      out.printf("\r\033[K%-18s %3d/%d %s", part, number, of, law.sentence());
      out.flush();
    }
  }

  /** After the last law of a kernel or topic. */
  public void finished(String part, List<Result> results) {
    if (terminal) {
      out.print("\r\033[K");
    }
    out.printf("%-18s %s (%d ms)%n", part, counts(results, 3), Report.time(results).toMillis());
    out.flush();
  }

  /** After all. */
  public void end(Report report) {
    List<Report.Reason> reasons = report.skippedFor();
    if (!reasons.isEmpty()) {
      out.printf("%n%s %s:%n", subject.skipped(), subject.skippedMeans());
      reasons.forEach(reason -> out.printf("  %s%n", reason));
    }
    for (Report.Finding finding : report.findings(Outcome.FAILED)) {
      out.printf("%nFAILED %s: %s%n", finding.law().topic(), finding.law().sentence());
      if (subject == Subject.SERVER) {
        out.printf("  with %s%n", report.describe(finding.columns()));
      }
      out.printf("  %s%n", finding.reason());
    }
    out.printf("%n%s%n", counts(report.results(), 1));
    out.flush();
  }

  private String counts(List<Result> results, int width) {
    String counts =
        ("%" + width + "d passed, %d failed, %d skipped")
            .formatted(
                Report.count(results, Outcome.PASSED),
                Report.count(results, Outcome.FAILED),
                Report.count(results, Outcome.SKIPPED));
    return subject == Subject.SERVER
        ? counts + ", %d not applicable".formatted(Report.count(results, Outcome.NOT_APPLICABLE))
        : counts;
  }
}
