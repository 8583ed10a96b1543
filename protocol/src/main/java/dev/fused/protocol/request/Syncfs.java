package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * SYNCFS: syncfs(2) on a virtiofs or fuseblk mount. {@code struct fuse_syncfs_in}, which is all
 * reserved.
 */
public record Syncfs(RequestHeader header) implements FuseRequest {
  static Syncfs decode(RequestHeader header, ByteBuf operation) {
    operation.skipBytes(Long.BYTES);
    return new Syncfs(header);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeZero(Long.BYTES);
  }
}
