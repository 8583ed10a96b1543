package dev.fused.conformance;

/** The server closed its end, or no longer answers: nothing more can be asked of it. */
public final class ServerGone extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ServerGone(String message) {
    super(message);
  }
}
