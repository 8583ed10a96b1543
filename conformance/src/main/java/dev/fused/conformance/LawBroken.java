package dev.fused.conformance;

/** A law does not hold; the message says what was expected and what came. */
public final class LawBroken extends RuntimeException {
  private static final long serialVersionUID = 1;

  public LawBroken(String message) {
    super(message);
  }
}
