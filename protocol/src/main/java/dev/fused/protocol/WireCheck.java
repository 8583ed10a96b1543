package dev.fused.protocol;

import io.netty.buffer.ByteBuf;

/** What every decoder checks before it believes a message. */
public final class WireCheck {
  private WireCheck() {}

  /**
   * Requires that {@code size} bytes of {@code what} can be read.
   *
   * @throws ProtocolException if there are fewer
   */
  public static void requireBytes(ByteBuf in, int size, String what) {
    if (in.readableBytes() < size) {
      throw violation(what, "length", in.readableBytes(), "at least " + size);
    }
  }

  /** The exception that names the structure, the field, its value and what was expected. */
  public static ProtocolException violation(
      String what, String field, Object value, String expectation) {
    return new ProtocolException(
        what + ": " + field + " is " + value + ", expected " + expectation);
  }
}
