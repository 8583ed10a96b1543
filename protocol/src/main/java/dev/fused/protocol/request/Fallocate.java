package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * FALLOCATE: fallocate(2). {@code struct fuse_fallocate_in}.
 *
 * @param mode the bits below; 0 allocates and may extend the file
 */
public record Fallocate(RequestHeader header, long fh, long offset, long length, int mode)
    implements FuseRequest {
  /** The size of the file does not change: FALLOC_FL_KEEP_SIZE. */
  public static final int KEEP_SIZE = 0x1;

  /** Makes a hole, always with {@link #KEEP_SIZE}: FALLOC_FL_PUNCH_HOLE. */
  public static final int PUNCH_HOLE = 0x2;

  /** Writes zeros: FALLOC_FL_ZERO_RANGE. */
  public static final int ZERO_RANGE = 0x10;

  static Fallocate decode(RequestHeader header, ByteBuf operation) {
    long fh = operation.readLongLE();
    long offset = operation.readLongLE();
    long length = operation.readLongLE();
    int mode = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    return new Fallocate(header, fh, offset, length, mode);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh);
    out.writeLongLE(offset);
    out.writeLongLE(length);
    out.writeIntLE(mode);
    out.writeZero(Integer.BYTES);
  }
}
