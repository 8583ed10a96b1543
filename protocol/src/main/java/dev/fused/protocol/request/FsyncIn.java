package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/** What FSYNC and FSYNCDIR share. {@code struct fuse_fsync_in}. */
public sealed interface FsyncIn extends FuseRequest permits Fsync, Fsyncdir {
  /** Data only, without metadata: FUSE_FSYNC_FDATASYNC. */
  int FDATASYNC = 1;

  long fh();

  /** {@link #FDATASYNC}. */
  int fsyncFlags();

  /** Makes one of the records. */
  interface Constructor<T extends FsyncIn> {
    T create(RequestHeader header, long fh, int fsyncFlags);
  }

  static <T extends FsyncIn> T decode(
      RequestHeader header, ByteBuf operation, Constructor<T> constructor) {
    long fh = operation.readLongLE();
    int fsyncFlags = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    return constructor.create(header, fh, fsyncFlags);
  }

  @Override
  default void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh());
    out.writeIntLE(fsyncFlags());
    out.writeZero(Integer.BYTES);
  }
}
