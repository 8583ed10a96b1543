package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * LSEEK: lseek(2) with SEEK_DATA or SEEK_HOLE; the kernel does the others itself. {@code struct
 * fuse_lseek_in}.
 *
 * @param whence {@link #SEEK_DATA} or {@link #SEEK_HOLE}
 */
public record Lseek(RequestHeader header, long fh, long offset, int whence) implements FuseRequest {
  public static final int SEEK_DATA = 3;
  public static final int SEEK_HOLE = 4;

  static Lseek decode(RequestHeader header, ByteBuf operation) {
    long fh = operation.readLongLE();
    long offset = operation.readLongLE();
    int whence = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    return new Lseek(header, fh, offset, whence);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh);
    out.writeLongLE(offset);
    out.writeIntLE(whence);
    out.writeZero(Integer.BYTES);
  }
}
