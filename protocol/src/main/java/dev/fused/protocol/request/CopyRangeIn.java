package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * What COPY_FILE_RANGE and COPY_FILE_RANGE_64 share; the header's nodeid is the file that is read.
 * {@code struct fuse_copy_file_range_in}.
 */
public sealed interface CopyRangeIn extends FuseRequest permits CopyFileRange, CopyFileRange64 {
  long fhIn();

  long offIn();

  /** The file that is written. */
  long nodeidOut();

  long fhOut();

  long offOut();

  long len();

  /** The flags of copy_file_range(2), 0 so far. */
  long flags();

  /** Makes one of the records. */
  interface Constructor<T extends CopyRangeIn> {
    T create(
        RequestHeader header,
        long fhIn,
        long offIn,
        long nodeidOut,
        long fhOut,
        long offOut,
        long len,
        long flags);
  }

  static <T extends CopyRangeIn> T decode(
      RequestHeader header, ByteBuf operation, Constructor<T> constructor) {
    return constructor.create(
        header,
        operation.readLongLE(),
        operation.readLongLE(),
        operation.readLongLE(),
        operation.readLongLE(),
        operation.readLongLE(),
        operation.readLongLE(),
        operation.readLongLE());
  }

  @Override
  default void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fhIn());
    out.writeLongLE(offIn());
    out.writeLongLE(nodeidOut());
    out.writeLongLE(fhOut());
    out.writeLongLE(offOut());
    out.writeLongLE(len());
    out.writeLongLE(flags());
  }
}
