package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * SETUPMAPPING: maps a part of a file into the memory window of a virtiofs device. {@code struct
 * fuse_setupmapping_in}.
 *
 * @param foffset offset in the file
 * @param flags {@link #WRITE}, {@link #READ}
 * @param moffset offset in the window
 */
public record Setupmapping(
    RequestHeader header, long fh, long foffset, long len, long flags, long moffset)
    implements FuseRequest {
  public static final long WRITE = 1;
  public static final long READ = 2;

  static Setupmapping decode(RequestHeader header, ByteBuf operation) {
    return new Setupmapping(
        header,
        operation.readLongLE(),
        operation.readLongLE(),
        operation.readLongLE(),
        operation.readLongLE(),
        operation.readLongLE());
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh);
    out.writeLongLE(foffset);
    out.writeLongLE(len);
    out.writeLongLE(flags);
    out.writeLongLE(moffset);
  }
}
