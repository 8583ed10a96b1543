package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * FLUSH: close(2) of any copy of a descriptor. {@code struct fuse_flush_in}.
 *
 * @param lockOwner whose fcntl(2) locks are to be dropped
 */
public record Flush(RequestHeader header, long fh, long lockOwner) implements FuseRequest {
  static Flush decode(RequestHeader header, ByteBuf operation) {
    long fh = operation.readLongLE();
    operation.skipBytes(Long.BYTES);
    long lockOwner = operation.readLongLE();
    return new Flush(header, fh, lockOwner);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh);
    out.writeZero(Long.BYTES);
    out.writeLongLE(lockOwner);
  }
}
