package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * FORGET: the kernel drops an inode from its cache. {@code struct fuse_forget_in}. Has no reply.
 *
 * @param nlookup what to subtract from the lookup count of the header's nodeid
 */
public record Forget(RequestHeader header, long nlookup) implements FuseRequest {
  static Forget decode(RequestHeader header, ByteBuf operation) {
    return new Forget(header, operation.readLongLE());
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(nlookup);
  }
}
