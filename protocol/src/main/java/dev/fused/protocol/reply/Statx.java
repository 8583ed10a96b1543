package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import io.netty.buffer.ByteBuf;
import java.time.Instant;

/**
 * What statx(2) shows of an inode. {@code struct fuse_statx}, which is laid out like {@code struct
 * statx}.
 *
 * @param mask which of the other fields are valid: the bits below
 * @param attributes STATX_ATTR_ bits, and {@code attributesMask} which of them the file system
 *     knows; the kernel discards both so far
 * @param mode type and permission bits, 0 to 65535
 * @param atime seconds since 1970, signed, with {@code atimensec}; likewise the other times
 * @param btime when the inode was created
 */
public record Statx(
    int mask,
    int blksize,
    long attributes,
    int nlink,
    int uid,
    int gid,
    int mode,
    long ino,
    long size,
    long blocks,
    long attributesMask,
    long atime,
    int atimensec,
    long btime,
    int btimensec,
    long ctime,
    int ctimensec,
    long mtime,
    int mtimensec,
    int rdevMajor,
    int rdevMinor,
    int devMajor,
    int devMinor) {
  public static final int TYPE = 0x1;
  public static final int MODE = 0x2;
  public static final int NLINK = 0x4;
  public static final int UID = 0x8;
  public static final int GID = 0x10;
  public static final int ATIME = 0x20;
  public static final int MTIME = 0x40;
  public static final int CTIME = 0x80;
  public static final int INO = 0x100;
  public static final int SIZE = 0x200;
  public static final int BLOCKS = 0x400;

  /** All that stat(2) shows as well. */
  public static final int BASIC_STATS = 0x7ff;

  public static final int BTIME = 0x800;

  private static final int BYTES = 256;
  private static final int SPARE = 112;

  /** The same attributes, all of {@link #BASIC_STATS}. */
  public static Statx of(Attributes attr) {
    return new Statx(
        BASIC_STATS,
        attr.blksize(),
        0,
        attr.nlink(),
        attr.uid(),
        attr.gid(),
        attr.mode(),
        attr.ino(),
        attr.size(),
        attr.blocks(),
        0,
        attr.atime(),
        attr.atimensec(),
        0,
        0,
        attr.ctime(),
        attr.ctimensec(),
        attr.mtime(),
        attr.mtimensec(),
        Attributes.deviceMajor(attr.rdev()),
        Attributes.deviceMinor(attr.rdev()),
        0,
        0);
  }

  /** The same attributes and {@link #BTIME}: when the inode was created. */
  public Statx withBirth(Instant birth) {
    return new Statx(
        mask | BTIME,
        blksize,
        attributes,
        nlink,
        uid,
        gid,
        mode,
        ino,
        size,
        blocks,
        attributesMask,
        atime,
        atimensec,
        birth.getEpochSecond(),
        birth.getNano(),
        ctime,
        ctimensec,
        mtime,
        mtimensec,
        rdevMajor,
        rdevMinor,
        devMajor,
        devMinor);
  }

  public static Statx decode(ByteBuf in) {
    WireCheck.requireBytes(in, BYTES, "fuse_statx");
    int mask = in.readIntLE();
    int blksize = in.readIntLE();
    long attributes = in.readLongLE();
    int nlink = in.readIntLE();
    int uid = in.readIntLE();
    int gid = in.readIntLE();
    int mode = in.readUnsignedShortLE();
    in.skipBytes(Short.BYTES);
    long ino = in.readLongLE();
    long size = in.readLongLE();
    long blocks = in.readLongLE();
    long attributesMask = in.readLongLE();
    long atime = in.readLongLE();
    int atimensec = in.readIntLE();
    in.skipBytes(Integer.BYTES);
    long btime = in.readLongLE();
    int btimensec = in.readIntLE();
    in.skipBytes(Integer.BYTES);
    long ctime = in.readLongLE();
    int ctimensec = in.readIntLE();
    in.skipBytes(Integer.BYTES);
    long mtime = in.readLongLE();
    int mtimensec = in.readIntLE();
    in.skipBytes(Integer.BYTES);
    int rdevMajor = in.readIntLE();
    int rdevMinor = in.readIntLE();
    int devMajor = in.readIntLE();
    int devMinor = in.readIntLE();
    in.skipBytes(SPARE);
    return new Statx(
        mask,
        blksize,
        attributes,
        nlink,
        uid,
        gid,
        mode,
        ino,
        size,
        blocks,
        attributesMask,
        atime,
        atimensec,
        btime,
        btimensec,
        ctime,
        ctimensec,
        mtime,
        mtimensec,
        rdevMajor,
        rdevMinor,
        devMajor,
        devMinor);
  }

  public void encode(ByteBuf out) {
    out.writeIntLE(mask);
    out.writeIntLE(blksize);
    out.writeLongLE(attributes);
    out.writeIntLE(nlink);
    out.writeIntLE(uid);
    out.writeIntLE(gid);
    out.writeShortLE(mode);
    out.writeZero(Short.BYTES);
    out.writeLongLE(ino);
    out.writeLongLE(size);
    out.writeLongLE(blocks);
    out.writeLongLE(attributesMask);
    encodeTime(out, atime, atimensec);
    encodeTime(out, btime, btimensec);
    encodeTime(out, ctime, ctimensec);
    encodeTime(out, mtime, mtimensec);
    out.writeIntLE(rdevMajor);
    out.writeIntLE(rdevMinor);
    out.writeIntLE(devMajor);
    out.writeIntLE(devMinor);
    out.writeZero(SPARE);
  }

  /** {@code struct fuse_sx_time}. */
  private static void encodeTime(ByteBuf out, long seconds, int nanos) {
    out.writeLongLE(seconds);
    out.writeIntLE(nanos);
    out.writeZero(Integer.BYTES);
  }
}
