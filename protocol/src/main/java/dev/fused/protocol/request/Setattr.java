package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * SETATTR: chmod(2), chown(2), truncate(2), utimensat(2). {@code struct fuse_setattr_in}.
 *
 * @param valid which of the other fields count, and how: the bits below
 * @param atime seconds since 1970, signed, as all times here; the nanoseconds have their own fields
 * @param newUid the kernel's {@code uid}: the new owner; {@link #uid()} is the caller's, as
 *     everywhere
 * @param newGid the kernel's {@code gid}: the new group
 */
public record Setattr(
    RequestHeader header,
    int valid,
    long fh,
    long size,
    long lockOwner,
    long atime,
    long mtime,
    long ctime,
    int atimensec,
    int mtimensec,
    int ctimensec,
    int mode,
    int newUid,
    int newGid)
    implements FuseRequest {
  public static final int MODE = 0x1;
  public static final int UID = 0x2;
  public static final int GID = 0x4;
  public static final int SIZE = 0x8;
  public static final int ATIME = 0x10;
  public static final int MTIME = 0x20;

  /** {@code fh} is valid. */
  public static final int FH = 0x40;

  /** Together with {@link #ATIME}: take the server's clock. */
  public static final int ATIME_NOW = 0x80;

  /** Together with {@link #MTIME}: take the server's clock. */
  public static final int MTIME_NOW = 0x100;

  /** {@code lockOwner} is valid. */
  public static final int LOCKOWNER = 0x200;

  public static final int CTIME = 0x400;

  /** Clear set-uid and set-gid: {@code HANDLE_KILLPRIV_V2}. */
  public static final int KILL_SUIDGID = 0x800;

  static Setattr decode(RequestHeader header, ByteBuf operation) {
    int valid = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    long fh = operation.readLongLE();
    long size = operation.readLongLE();
    long lockOwner = operation.readLongLE();
    long atime = operation.readLongLE();
    long mtime = operation.readLongLE();
    long ctime = operation.readLongLE();
    int atimensec = operation.readIntLE();
    int mtimensec = operation.readIntLE();
    int ctimensec = operation.readIntLE();
    int mode = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    int newUid = operation.readIntLE();
    int newGid = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    return new Setattr(
        header, valid, fh, size, lockOwner, atime, mtime, ctime, atimensec, mtimensec, ctimensec,
        mode, newUid, newGid);
  }

  /** True if all of {@code bits} are set in {@code valid}. */
  public boolean sets(int bits) {
    return (valid & bits) == bits;
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(valid);
    out.writeZero(Integer.BYTES);
    out.writeLongLE(fh);
    out.writeLongLE(size);
    out.writeLongLE(lockOwner);
    out.writeLongLE(atime);
    out.writeLongLE(mtime);
    out.writeLongLE(ctime);
    out.writeIntLE(atimensec);
    out.writeIntLE(mtimensec);
    out.writeIntLE(ctimensec);
    out.writeIntLE(mode);
    out.writeZero(Integer.BYTES);
    out.writeIntLE(newUid);
    out.writeIntLE(newGid);
    out.writeZero(Integer.BYTES);
  }
}
