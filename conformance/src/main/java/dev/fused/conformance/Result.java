package dev.fused.conformance;

import java.time.Duration;

/**
 * What came of one law with one kernel.
 *
 * @param reason why it is not {@link Outcome#PASSED}, else empty
 */
public record Result(
    LawMethod law, KernelPreset preset, Outcome outcome, String reason, Duration time) {
  /** How a law fared. */
  public enum Outcome {
    /** It holds. */
    PASSED,
    /** It does not. */
    FAILED,
    /** The server leaves out what it is about, which it may. */
    SKIPPED,
    /** This kernel would never do that with this server. */
    NOT_APPLICABLE
  }
}
