package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * GETXATTR: getxattr(2). {@code struct fuse_getxattr_in}.
 *
 * @param size the most bytes that the value may have, else ERANGE; 0 asks how many it has
 */
public record Getxattr(RequestHeader header, int size, FileName name) implements FuseRequest {
  static Getxattr decode(RequestHeader header, ByteBuf operation, ByteBuf payload) {
    int size = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    return new Getxattr(header, size, Payload.readText(header, payload, "name"));
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(size);
    out.writeZero(Integer.BYTES);
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, name);
  }
}
