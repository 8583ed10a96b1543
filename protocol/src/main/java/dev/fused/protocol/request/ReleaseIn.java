package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/** What RELEASE and RELEASEDIR share. {@code struct fuse_release_in}. */
public sealed interface ReleaseIn extends FuseRequest permits Release, Releasedir {
  /** Flush as well: FUSE_RELEASE_FLUSH. */
  int FLUSH = 1;

  /** Drop the flock(2) lock of {@code lockOwner}: FUSE_RELEASE_FLOCK_UNLOCK. */
  int FLOCK_UNLOCK = 2;

  long fh();

  /** The flags of open(2). */
  int flags();

  /** {@link #FLUSH}, {@link #FLOCK_UNLOCK}. */
  int releaseFlags();

  long lockOwner();

  /** Makes one of the records. */
  interface Constructor<T extends ReleaseIn> {
    T create(RequestHeader header, long fh, int flags, int releaseFlags, long lockOwner);
  }

  static <T extends ReleaseIn> T decode(
      RequestHeader header, ByteBuf operation, Constructor<T> constructor) {
    return constructor.create(
        header,
        operation.readLongLE(),
        operation.readIntLE(),
        operation.readIntLE(),
        operation.readLongLE());
  }

  @Override
  default void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh());
    out.writeIntLE(flags());
    out.writeIntLE(releaseFlags());
    out.writeLongLE(lockOwner());
  }
}
