package dev.fused.daemon.doctor;

/**
 * One thing that was looked at.
 *
 * @param subject in two or three words
 * @param found what is so, a sentence
 * @param remedy the command that changes it, or what else to do; empty if there is nothing to mend
 */
public record Finding(Severity severity, String subject, String found, String remedy) {
  /** What it means for mounts. */
  public enum Severity {
    /** As it should be. */
    OK,
    /** Something does not work that can be done without. */
    NOTE,
    /** No mount can be made, or served. */
    FATAL
  }

  static Finding ok(String subject, String found) {
    return new Finding(Severity.OK, subject, found, "");
  }

  static Finding note(String subject, String found, String remedy) {
    return new Finding(Severity.NOTE, subject, found, remedy);
  }

  static Finding fatal(String subject, String found, String remedy) {
    return new Finding(Severity.FATAL, subject, found, remedy);
  }
}
