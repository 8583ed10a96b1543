package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * STATX: statx(2) that asks for more than GETATTR has. {@code struct fuse_statx_in}.
 *
 * @param getattrFlags {@link Getattr#FH}
 * @param fh valid if {@link #hasFh()}
 * @param sxFlags the AT_STATX_ flags of statx(2)
 * @param sxMask the STATX_ fields that the caller wants
 */
public record Statx(RequestHeader header, int getattrFlags, long fh, int sxFlags, int sxMask)
    implements FuseRequest {
  static Statx decode(RequestHeader header, ByteBuf operation) {
    int getattrFlags = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    long fh = operation.readLongLE();
    int sxFlags = operation.readIntLE();
    int sxMask = operation.readIntLE();
    return new Statx(header, getattrFlags, fh, sxFlags, sxMask);
  }

  /** True if the call names an open file. */
  public boolean hasFh() {
    return (getattrFlags & Getattr.FH) != 0;
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(getattrFlags);
    out.writeZero(Integer.BYTES);
    out.writeLongLE(fh);
    out.writeIntLE(sxFlags);
    out.writeIntLE(sxMask);
  }
}
