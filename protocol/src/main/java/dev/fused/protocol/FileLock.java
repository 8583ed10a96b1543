package dev.fused.protocol;

import io.netty.buffer.ByteBuf;

/**
 * A range of a file and how it is locked. {@code struct fuse_file_lock}.
 *
 * @param start first byte
 * @param end last byte, inclusive; {@link #TO_END_OF_FILE} for no end
 * @param type {@link #READ}, {@link #WRITE} or {@link #UNLOCK}
 * @param pid the process that holds or wants it
 */
public record FileLock(long start, long end, int type, int pid) {
  public static final int SIZE = 24;

  public static final long TO_END_OF_FILE = Long.MAX_VALUE;

  /** F_RDLCK. */
  public static final int READ = 0;

  /** F_WRLCK. */
  public static final int WRITE = 1;

  /** F_UNLCK: no lock. */
  public static final int UNLOCK = 2;

  public static FileLock decode(ByteBuf in) {
    WireCheck.requireBytes(in, SIZE, "fuse_file_lock");
    return new FileLock(in.readLongLE(), in.readLongLE(), in.readIntLE(), in.readIntLE());
  }

  public void encode(ByteBuf out) {
    out.writeLongLE(start);
    out.writeLongLE(end);
    out.writeIntLE(type);
    out.writeIntLE(pid);
  }
}
