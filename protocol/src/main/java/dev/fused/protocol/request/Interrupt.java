package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * INTERRUPT: a caller got a signal while its request was outstanding. {@code struct
 * fuse_interrupt_in}. The message's own unique is odd; it may come before its target, or after the
 * target was answered.
 *
 * @param interruptedUnique the request to interrupt; {@code unique} in the kernel's structure
 */
public record Interrupt(RequestHeader header, long interruptedUnique) implements FuseRequest {
  static Interrupt decode(RequestHeader header, ByteBuf operation) {
    return new Interrupt(header, operation.readLongLE());
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(interruptedUnique);
  }
}
