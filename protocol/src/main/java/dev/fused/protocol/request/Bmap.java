package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * BMAP: the FIBMAP ioctl on a fuseblk mount. {@code struct fuse_bmap_in}.
 *
 * @param block index of a block in the file
 * @param blocksize bytes of a block
 */
public record Bmap(RequestHeader header, long block, int blocksize) implements FuseRequest {
  static Bmap decode(RequestHeader header, ByteBuf operation) {
    long block = operation.readLongLE();
    int blocksize = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    return new Bmap(header, block, blocksize);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(block);
    out.writeIntLE(blocksize);
    out.writeZero(Integer.BYTES);
  }
}
