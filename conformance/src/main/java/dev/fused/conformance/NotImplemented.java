package dev.fused.conformance;

/** The server leaves out what a law is about, and may; the message says what it answered. */
public final class NotImplemented extends RuntimeException {
  private static final long serialVersionUID = 1;

  public NotImplemented(String message) {
    super(message);
  }
}
