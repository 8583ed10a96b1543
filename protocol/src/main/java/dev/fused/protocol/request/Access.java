package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * ACCESS: access(2) and chdir(2) on a mount without default_permissions. {@code struct
 * fuse_access_in}.
 *
 * @param mask R_OK 4, W_OK 2, X_OK 1; 0 is F_OK
 */
public record Access(RequestHeader header, int mask) implements FuseRequest {
  static Access decode(RequestHeader header, ByteBuf operation) {
    int mask = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    return new Access(header, mask);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(mask);
    out.writeZero(Integer.BYTES);
  }
}
