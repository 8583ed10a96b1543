package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * GETATTR: stat(2) and whatever else needs attributes that the kernel has no fresh copy of. {@code
 * struct fuse_getattr_in}; absent before 7.9.
 *
 * @param fh valid if {@link #hasFh()}
 */
public record Getattr(RequestHeader header, int getattrFlags, long fh) implements FuseRequest {
  /** {@code fh} is valid: FUSE_GETATTR_FH. */
  public static final int FH = 1;

  private static final int SINCE = 9;

  static Getattr decode(RequestHeader header, ByteBuf operation, WireFormat format) {
    if (format.before(SINCE)) {
      return new Getattr(header, 0, 0);
    }
    int getattrFlags = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    long fh = operation.readLongLE();
    return new Getattr(header, getattrFlags, fh);
  }

  /** True for fstat(2) and the like, which name an open file. */
  public boolean hasFh() {
    return (getattrFlags & FH) != 0;
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    if (format.before(SINCE)) {
      return;
    }
    out.writeIntLE(getattrFlags);
    out.writeZero(Integer.BYTES);
    out.writeLongLE(fh);
  }
}
