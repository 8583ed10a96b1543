package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import java.time.Instant;

/**
 * What stat(2) shows of an inode. {@code struct fuse_attr}; 80 bytes, up to rdev, before 7.9. Part
 * of {@link EntryOut} and {@link AttrOut}.
 *
 * @param ino the inode number that users see; need not be the nodeid
 * @param size bytes
 * @param blocks allocated units of 512 bytes
 * @param atime seconds since 1970, signed; likewise mtime and ctime
 * @param atimensec 0 to 999,999,999; likewise mtimensec and ctimensec
 * @param mode type and permission bits
 * @param rdev of a device: see {@link #deviceNumber}
 * @param blksize preferred bytes of a read or write, 0 for the kernel's default
 * @param flags {@link #SUBMOUNT}, {@link #DAX}
 */
public record Attributes(
    long ino,
    long size,
    long blocks,
    long atime,
    long mtime,
    long ctime,
    int atimensec,
    int mtimensec,
    int ctimensec,
    int mode,
    int nlink,
    int uid,
    int gid,
    int rdev,
    int blksize,
    int flags) {
  /** The bits of a mode that are the type. */
  public static final int S_IFMT = 0170000;

  public static final int S_IFSOCK = 0140000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFBLK = 0060000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFIFO = 0010000;
  public static final int S_ISUID = 04000;
  public static final int S_ISGID = 02000;
  public static final int S_ISVTX = 01000;

  /** In {@code flags}: the directory is a mount of its own; virtiofs only. */
  public static final int SUBMOUNT = 1;

  /** In {@code flags}: the file is mapped directly; virtiofs only. */
  public static final int DAX = 2;

  private static final int SIZE = 88;
  private static final int SHORT_SIZE = 80;
  private static final int LONG_SINCE = 9;
  private static final int TYPE_SHIFT = 12;

  /** The rest of a regular file's attributes: by default mode 0644, one link, all else 0. */
  public static Builder file(long ino) {
    return builder(ino, S_IFREG | 0644);
  }

  /** The rest of a directory's attributes: by default mode 0755, two links, all else 0. */
  public static Builder directory(long ino) {
    return builder(ino, S_IFDIR | 0755).links(2);
  }

  /** The rest of a symbolic link's attributes: by default mode 0777, one link, all else 0. */
  public static Builder symlink(long ino) {
    return builder(ino, S_IFLNK | 0777);
  }

  /** The rest of any inode's attributes: by default one link, all else 0. */
  public static Builder builder(long ino, int mode) {
    return new Builder(ino, mode);
  }

  /** The form of a device number on the wire: 12 bits of major, 20 bits of minor. */
  public static int deviceNumber(int major, int minor) {
    return (minor & 0xff) | (major & 0xfff) << 8 | (minor & 0xfff00) << 12;
  }

  /** The major of a {@link #deviceNumber}, 0 to 4095. */
  public static int deviceMajor(int rdev) {
    return rdev >>> 8 & 0xfff;
  }

  /** The minor of a {@link #deviceNumber}, 0 to 1,048,575. */
  public static int deviceMinor(int rdev) {
    return (rdev & 0xff) | (rdev >>> 12 & 0xfff00);
  }

  /** Bytes on the wire. */
  static int sizeOnWire(WireFormat format) {
    return format.before(LONG_SINCE) ? SHORT_SIZE : SIZE;
  }

  public static Attributes decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, sizeOnWire(format), "fuse_attr");
    long ino = in.readLongLE();
    long size = in.readLongLE();
    long blocks = in.readLongLE();
    long atime = in.readLongLE();
    long mtime = in.readLongLE();
    long ctime = in.readLongLE();
    int atimensec = in.readIntLE();
    int mtimensec = in.readIntLE();
    int ctimensec = in.readIntLE();
    int mode = in.readIntLE();
    int nlink = in.readIntLE();
    int uid = in.readIntLE();
    int gid = in.readIntLE();
    int rdev = in.readIntLE();
    int blksize = 0;
    int flags = 0;
    if (!format.before(LONG_SINCE)) {
      blksize = in.readIntLE();
      flags = in.readIntLE();
    }
    return new Attributes(
        ino, size, blocks, atime, mtime, ctime, atimensec, mtimensec, ctimensec, mode, nlink, uid,
        gid, rdev, blksize, flags);
  }

  public void encode(ByteBuf out, WireFormat format) {
    out.writeLongLE(ino);
    out.writeLongLE(size);
    out.writeLongLE(blocks);
    out.writeLongLE(atime);
    out.writeLongLE(mtime);
    out.writeLongLE(ctime);
    out.writeIntLE(atimensec);
    out.writeIntLE(mtimensec);
    out.writeIntLE(ctimensec);
    out.writeIntLE(mode);
    out.writeIntLE(nlink);
    out.writeIntLE(uid);
    out.writeIntLE(gid);
    out.writeIntLE(rdev);
    if (!format.before(LONG_SINCE)) {
      out.writeIntLE(blksize);
      out.writeIntLE(flags);
    }
  }

  public boolean isRegularFile() {
    return (mode & S_IFMT) == S_IFREG;
  }

  public boolean isDirectory() {
    return (mode & S_IFMT) == S_IFDIR;
  }

  public boolean isSymlink() {
    return (mode & S_IFMT) == S_IFLNK;
  }

  public boolean isBlockDevice() {
    return (mode & S_IFMT) == S_IFBLK;
  }

  public boolean isCharacterDevice() {
    return (mode & S_IFMT) == S_IFCHR;
  }

  public boolean isFifo() {
    return (mode & S_IFMT) == S_IFIFO;
  }

  public boolean isSocket() {
    return (mode & S_IFMT) == S_IFSOCK;
  }

  /** The mode without the type: 0 to 07777. */
  public int permissions() {
    return mode & ~S_IFMT;
  }

  /** The type as directories list it: DT_DIR 4, DT_REG 8, DT_LNK 10, … */
  public int direntType() {
    return (mode & S_IFMT) >>> TYPE_SHIFT;
  }

  /** A builder that starts with these attributes. */
  public Builder toBuilder() {
    Builder builder = new Builder(ino, mode);
    builder.size = size;
    builder.blocks = blocks;
    builder.atime = atime;
    builder.mtime = mtime;
    builder.ctime = ctime;
    builder.atimensec = atimensec;
    builder.mtimensec = mtimensec;
    builder.ctimensec = ctimensec;
    builder.nlink = nlink;
    builder.uid = uid;
    builder.gid = gid;
    builder.rdev = rdev;
    builder.blksize = blksize;
    builder.flags = flags;
    return builder;
  }

  /** Collects attributes; the last call wins. Not thread-safe. */
  public static final class Builder {
    private static final int BLOCK_SIZE = 512;

    private final long ino;
    private int mode;
    private long size;
    private long blocks;
    private long atime;
    private long mtime;
    private long ctime;
    private int atimensec;
    private int mtimensec;
    private int ctimensec;
    private int nlink = 1;
    private int uid;
    private int gid;
    private int rdev;
    private int blksize;
    private int flags;

    private Builder(long ino, int mode) {
      this.ino = ino;
      this.mode = mode;
    }

    /** The mode without the type: 0 to 07777. */
    public Builder permissions(int permissions) {
      mode = (mode & S_IFMT) | (permissions & ~S_IFMT);
      return this;
    }

    /** Bytes; also sets {@link #blocks} to what so many bytes without holes occupy. */
    public Builder size(long size) {
      this.size = size;
      return blocks(Math.ceilDiv(size, BLOCK_SIZE));
    }

    /**
     * Allocated units of 512 bytes, where {@link #size(long)} guesses wrong: call it after that.
     */
    public Builder blocks(long blocks) {
      this.blocks = blocks;
      return this;
    }

    public Builder links(int nlink) {
      this.nlink = nlink;
      return this;
    }

    public Builder owner(int uid, int gid) {
      this.uid = uid;
      this.gid = gid;
      return this;
    }

    public Builder accessed(Instant time) {
      atime = time.getEpochSecond();
      atimensec = time.getNano();
      return this;
    }

    public Builder modified(Instant time) {
      mtime = time.getEpochSecond();
      mtimensec = time.getNano();
      return this;
    }

    public Builder changed(Instant time) {
      ctime = time.getEpochSecond();
      ctimensec = time.getNano();
      return this;
    }

    /** Accessed, modified and changed at once. */
    public Builder times(Instant time) {
      return accessed(time).modified(time).changed(time);
    }

    /** See {@link Attributes#deviceNumber}. */
    public Builder device(int rdev) {
      this.rdev = rdev;
      return this;
    }

    public Builder blockSize(int blksize) {
      this.blksize = blksize;
      return this;
    }

    /** {@link Attributes#SUBMOUNT}, {@link Attributes#DAX}. */
    public Builder flags(int flags) {
      this.flags = flags;
      return this;
    }

    public Attributes build() {
      return new Attributes(
          ino, size, blocks, atime, mtime, ctime, atimensec, mtimensec, ctimensec, mode, nlink, uid,
          gid, rdev, blksize, flags);
    }
  }
}
