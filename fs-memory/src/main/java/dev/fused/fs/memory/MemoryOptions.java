package dev.fused.fs.memory;

/**
 * What a memory file system may use, and how its root looks.
 *
 * @param size most bytes of file data, counted in whole pages of 4096, although small files take
 *     less memory; at least one page
 * @param inodes most inodes, the root included; each further link of a file counts as one; at least
 *     1
 * @param metadata most bytes on the heap for extended attributes and long link targets; inodes and
 *     names are bounded by {@code inodes}
 * @param mode permissions of the root, 0 to 07777
 * @param uid owner of the root
 * @param gid group of the root
 * @param serverLocks true if the file system keeps locks of fcntl(2) and flock(2) itself; false
 *     leaves them to the kernel, which is as right on one machine, and costs no requests
 * @param accessTimes when reading renews access times
 * @param dataPath on which way data comes; {@link DataPath#CACHED} not together with {@code
 *     serverLocks}, which tell descriptors apart
 */
public record MemoryOptions(
    long size,
    long inodes,
    long metadata,
    int mode,
    int uid,
    int gid,
    boolean serverLocks,
    AccessTimes accessTimes,
    DataPath dataPath) {
  private static final int ROOT_MODE = 01777;
  private static final long METADATA = 64L << 20;

  public MemoryOptions {
    if (size < PageArena.PAGE_SIZE || inodes < 1 || metadata < 0) {
      throw new IllegalArgumentException(
          "a memory file system needs a page and an inode: size %d, inodes %d, metadata %d"
              .formatted(size, inodes, metadata));
    }
    if (dataPath == DataPath.CACHED && serverLocks) {
      throw new IllegalArgumentException(
          "locks=server has to know when files are closed, and does not go with data=cached");
    }
    if ((mode & ~07777) != 0) {
      throw new IllegalArgumentException("mode must be 0 to 07777: " + Integer.toOctalString(mode));
    }
  }

  /** With a root that belongs to root and is open to everybody, as that of tmpfs. */
  public static MemoryOptions of(long size, long inodes) {
    return new MemoryOptions(
        size, inodes, METADATA, ROOT_MODE, 0, 0, false, AccessTimes.DEFAULT, DataPath.AUTO);
  }

  /** The same with another root. */
  public MemoryOptions withRoot(int mode, int uid, int gid) {
    return new MemoryOptions(
        size, inodes, metadata, mode, uid, gid, serverLocks, accessTimes, dataPath);
  }

  /** The same with another bound for metadata. */
  public MemoryOptions withMetadata(long metadata) {
    return new MemoryOptions(
        size, inodes, metadata, mode, uid, gid, serverLocks, accessTimes, dataPath);
  }

  /** The same with locks that the file system keeps itself. */
  public MemoryOptions withServerLocks() {
    return new MemoryOptions(size, inodes, metadata, mode, uid, gid, true, accessTimes, dataPath);
  }

  /** The same with another rule for access times. */
  public MemoryOptions withAccessTimes(AccessTimes accessTimes) {
    return new MemoryOptions(
        size, inodes, metadata, mode, uid, gid, serverLocks, accessTimes, dataPath);
  }

  /** The same with another way for data. */
  public MemoryOptions withDataPath(DataPath dataPath) {
    return new MemoryOptions(
        size, inodes, metadata, mode, uid, gid, serverLocks, accessTimes, dataPath);
  }

  /** {@link #size} in pages, rounded up. */
  long pages() {
    return Math.ceilDiv(size, (long) PageArena.PAGE_SIZE);
  }
}
