package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * WRITE: pwrite(2), write-back of cached pages. {@code struct fuse_write_in}; 24 bytes, up to
 * writeFlags, before 7.9.
 *
 * @param size length of {@code data}
 * @param writeFlags {@link #CACHE}, {@link #LOCKOWNER}, {@link #KILL_SUIDGID}
 * @param lockOwner valid with {@link #LOCKOWNER}
 * @param flags the flags of open(2) that the handle has now
 * @param data lies in the receive buffer, valid until the request is answered
 */
public record Write(
    RequestHeader header,
    long fh,
    long offset,
    int size,
    int writeFlags,
    long lockOwner,
    int flags,
    ByteBuf data)
    implements FuseRequest {
  /** From the kernel's cache: the handle is a guess, and uid and gid are not the writer's. */
  public static final int CACHE = 1;

  public static final int LOCKOWNER = 2;

  /** Clear set-uid and set-gid: {@code HANDLE_KILLPRIV_V2}. */
  public static final int KILL_SUIDGID = 4;

  private static final int LONG_SINCE = 9;

  static Write decode(RequestHeader header, ByteBuf operation, ByteBuf payload, WireFormat format) {
    long fh = operation.readLongLE();
    long offset = operation.readLongLE();
    int size = operation.readIntLE();
    int writeFlags = operation.readIntLE();
    long lockOwner = 0;
    int flags = 0;
    if (!format.before(LONG_SINCE)) {
      lockOwner = operation.readLongLE();
      flags = operation.readIntLE();
      operation.skipBytes(Integer.BYTES);
    }
    ByteBuf data = Payload.readData(header, payload, "size", size);
    return new Write(header, fh, offset, size, writeFlags, lockOwner, flags, data);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh);
    out.writeLongLE(offset);
    out.writeIntLE(size);
    out.writeIntLE(writeFlags);
    if (!format.before(LONG_SINCE)) {
      out.writeLongLE(lockOwner);
      out.writeIntLE(flags);
      out.writeZero(Integer.BYTES);
    }
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeData(out, data);
  }
}
