package dev.fused.server.linux;

/** This machine cannot run the server at all; the message is one sentence for its user. */
public final class UnsupportedPlatformException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnsupportedPlatformException(String message) {
    super(message);
  }
}
