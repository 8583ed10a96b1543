package dev.fused.protocol.request;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * What GETLK, SETLK and SETLKW share. {@code struct fuse_lk_in}; 40 bytes, without lkFlags, before
 * 7.9.
 */
public sealed interface LockIn extends FuseRequest permits Getlk, Setlk, Setlkw {
  /** A lock of flock(2), which is of the whole file, and not one of fcntl(2): FUSE_LK_FLOCK. */
  int FLOCK = 1;

  /** The minor that appended lkFlags. */
  int LONG_SINCE = 9;

  long fh();

  /** Who holds or wants the lock: a number that the kernel chose. */
  long owner();

  FileLock lk();

  /** {@link #FLOCK}. */
  int lkFlags();

  /** True for a lock of flock(2). */
  default boolean isFlock() {
    return (lkFlags() & FLOCK) != 0;
  }

  /** Makes one of the records. */
  interface Constructor<T extends LockIn> {
    T create(RequestHeader header, long fh, long owner, FileLock lk, int lkFlags);
  }

  static <T extends LockIn> T decode(
      RequestHeader header, ByteBuf operation, WireFormat format, Constructor<T> constructor) {
    long fh = operation.readLongLE();
    long owner = operation.readLongLE();
    FileLock lk = FileLock.decode(operation);
    if (format.before(LONG_SINCE)) {
      return constructor.create(header, fh, owner, lk, 0);
    }
    int lkFlags = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    return constructor.create(header, fh, owner, lk, lkFlags);
  }

  @Override
  default void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh());
    out.writeLongLE(owner());
    lk().encode(out);
    if (format.before(LONG_SINCE)) {
      return;
    }
    out.writeIntLE(lkFlags());
    out.writeZero(Integer.BYTES);
  }
}
