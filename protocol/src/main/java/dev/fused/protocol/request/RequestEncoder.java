package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * Speaks the kernel's side: makes messages of requests, for tests, replay and conformance. Any
 * thread.
 */
public final class RequestEncoder {
  private RequestEncoder() {}

  /**
   * Appends the message as /dev/fuse would deliver it, and computes the lengths in the header.
   *
   * @throws IllegalArgumentException if the extensions are longer than the header can say
   */
  public static void encode(FuseRequest request, ByteBuf out, WireFormat format) {
    int units = request.extensions().encodedSize() / Extensions.UNIT;
    if (units > 0xffff) {
      throw new IllegalArgumentException("total_extlen is " + units + ", at most 65535");
    }
    int start = out.writerIndex();
    request.header().encode(out);
    request.encodeOperation(out, format);
    request.encodePayload(out, format);
    out.setIntLE(start + RequestHeader.LEN_OFFSET, out.writerIndex() - start);
    out.setShortLE(start + RequestHeader.TOTAL_EXTLEN_OFFSET, units);
  }
}
