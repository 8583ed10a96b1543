package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * What READ, READDIR and READDIRPLUS share. {@code struct fuse_read_in}; 24 bytes, up to readFlags,
 * before 7.9.
 */
public sealed interface ReadIn extends FuseRequest permits Read, Readdir, Readdirplus {
  /** {@code lockOwner} is valid: FUSE_READ_LOCKOWNER. */
  int LOCKOWNER = 2;

  /** The minor that appended lockOwner and flags. */
  int LONG_SINCE = 9;

  long fh();

  /**
   * In a file, the first byte; in a directory, the offset of the last entry that was read, 0 at
   * first.
   */
  long offset();

  /** The most bytes that the reply may have. */
  int size();

  /** {@link #LOCKOWNER}. */
  int readFlags();

  long lockOwner();

  /** The flags of open(2) that the handle has now. */
  int flags();

  /** Makes one of the records. */
  interface Constructor<T extends ReadIn> {
    T create(
        RequestHeader header,
        long fh,
        long offset,
        int size,
        int readFlags,
        long lockOwner,
        int flags);
  }

  static <T extends ReadIn> T decode(
      RequestHeader header, ByteBuf operation, WireFormat format, Constructor<T> constructor) {
    long fh = operation.readLongLE();
    long offset = operation.readLongLE();
    int size = operation.readIntLE();
    int readFlags = operation.readIntLE();
    if (format.before(LONG_SINCE)) {
      return constructor.create(header, fh, offset, size, readFlags, 0, 0);
    }
    long lockOwner = operation.readLongLE();
    int flags = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    return constructor.create(header, fh, offset, size, readFlags, lockOwner, flags);
  }

  @Override
  default void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh());
    out.writeLongLE(offset());
    out.writeIntLE(size());
    out.writeIntLE(readFlags());
    if (format.before(LONG_SINCE)) {
      return;
    }
    out.writeLongLE(lockOwner());
    out.writeIntLE(flags());
    out.writeZero(Integer.BYTES);
  }
}
