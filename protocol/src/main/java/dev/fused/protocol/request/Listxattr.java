package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * LISTXATTR: listxattr(2). {@code struct fuse_getxattr_in}.
 *
 * @param size the most bytes that the list may have, else ERANGE; 0 asks how many it has
 */
public record Listxattr(RequestHeader header, int size) implements FuseRequest {
  static Listxattr decode(RequestHeader header, ByteBuf operation) {
    int size = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    return new Listxattr(header, size);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(size);
    out.writeZero(Integer.BYTES);
  }
}
