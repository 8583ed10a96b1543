package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * NOTIFY_REPLY: cached data that a Retrieve notification asked for; the header's unique is the
 * notification's. {@code struct fuse_notify_retrieve_in}. Has no reply.
 *
 * @param size length of {@code data}: may be less than was asked for
 * @param data lies in the receive buffer, valid only while the request is handled
 */
public record NotifyReply(RequestHeader header, long offset, int size, ByteBuf data)
    implements FuseRequest {
  private static final int DUMMY_TAIL = 20;

  static NotifyReply decode(RequestHeader header, ByteBuf operation, ByteBuf payload) {
    operation.skipBytes(Long.BYTES);
    long offset = operation.readLongLE();
    int size = operation.readIntLE();
    operation.skipBytes(DUMMY_TAIL);
    return new NotifyReply(header, offset, size, Payload.readData(header, payload, "size", size));
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeZero(Long.BYTES);
    out.writeLongLE(offset);
    out.writeIntLE(size);
    out.writeZero(DUMMY_TAIL);
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeData(out, data);
  }
}
