package dev.fused.protocol;

/**
 * The peer broke the protocol. The message names the field, its value and what was expected.
 *
 * <p>Thrown by decoders only. It carries no stack trace: it describes bytes that came from outside,
 * not a place in the code, and hostile input must not be expensive.
 */
public final class ProtocolException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ProtocolException(String message) {
    super(message, null, false, false);
  }
}
