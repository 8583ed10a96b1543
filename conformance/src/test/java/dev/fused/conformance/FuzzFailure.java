package dev.fused.conformance;

/** The server did to a hostile peer what it must not do. */
final class FuzzFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  /** What is the same about two failures that have the same cause, as a rule. */
  enum Kind {
    LOGGED,
    WRONG_ANSWER,
    NO_ANSWER,
    ENDED,
    LEAK
  }

  FuzzFailure(Kind kind, String message) {
    super(kind + ": " + message);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
