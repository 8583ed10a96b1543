package dev.fused.conformance;

import java.time.Duration;

/**
 * What came of one law with one kernel, or in one directory.
 *
 * @param reason why it is not {@link Outcome#PASSED}, else empty
 */
public record Result(
    ReportedLaw law, ReportColumn column, Outcome outcome, String reason, Duration time) {
  /** How a law fared. */
  public enum Outcome {
    /** It holds. */
    PASSED,
    /** It does not. */
    FAILED,
    /** What it is about, or what it needs, is not there and need not be. */
    SKIPPED,
    /** This kernel would never do that with this server. */
    NOT_APPLICABLE
  }
}
