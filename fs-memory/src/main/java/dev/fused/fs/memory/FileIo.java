package dev.fused.fs.memory;

import dev.fused.filesystem.ErrnoException;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * open(2), read(2), write(2) and what else is done to the contents of inodes, which {@link
 * FileContents} hold. Any thread.
 *
 * <p>A handle is no more than a count on its inode: requests name the inode, and the kernel has the
 * position. Methods that return a number return 0 or more, or a negative error number.
 */
final class FileIo {
  private static final int FALLOC_KEEP_SIZE = 0x1;
  private static final int FALLOC_PUNCH_HOLE = 0x2;
  private static final int FALLOC_ZERO_RANGE = 0x10;

  /** O_DIRECT and O_DIRECTORY, a part of O_TMPFILE, are the other way round on aarch64. */
  static final int O_DIRECT =
      System.getProperty("os.arch", "").equals("aarch64") ? 0200000 : 040000;

  /** Most bytes of one copy, so that other requests of the thread need not wait long. */
  private static final long COPY_MAX = 16L << 20;

  private final InodeStore store;
  private final InodeAttributes attributes;

  FileIo(InodeStore store, InodeAttributes attributes) {
    this.store = store;
    this.attributes = attributes;
  }

  /**
   * open(2) of a regular file: null if it was done.
   *
   * @param truncate O_TRUNC: drops all bytes
   * @param killSuidgid together with {@code truncate}: takes set-uid and set-gid away
   */
  @Nullable Errno open(long nodeid, boolean truncate, boolean killSuidgid) {
    Inode inode = store.get(nodeid);
    if (!(inode instanceof RegularFile file)) {
      return noFile(inode);
    }
    synchronized (file) {
      if (file.isFreed()) {
        return Errno.ESTALE;
      }
      if (truncate) {
        attributes.dropPrivileges(file, killSuidgid);
        store.data(file).resize(file, 0);
        file.modified(store.now());
      }
      file.addOpen();
      store.settle(file);
      return null;
    }
  }

  /**
   * Says how the kernel is to use a file that has just been opened: by open(2), or by what made it.
   *
   * @param openFlags those of open(2)
   * @return the backing file, 0 for none; the handle is gone after an error
   * @throws ErrnoException if this process lacks something for it; the handle is gone too
   */
  int opened(long nodeid, int openFlags) {
    Inode inode = store.get(nodeid);
    if (!(inode instanceof RegularFile file)) {
      return failed(noFile(inode));
    }
    synchronized (file) {
      int backingId = -Errno.EIO.number();
      try {
        backingId = store.data(file).opened(file, openFlags);
        return backingId;
      } finally {
        if (backingId < 0) {
          release(nodeid);
        }
      }
    }
  }

  /** opendir(3): null if it was done. */
  @Nullable Errno opendir(long nodeid) {
    Inode inode = store.get(nodeid);
    if (!(inode instanceof Directory)) {
      return Namespace.noDirectory(inode);
    }
    synchronized (inode) {
      if (inode.isFreed()) {
        return Errno.ESTALE;
      }
      inode.addOpen();
      store.settle(inode);
      return null;
    }
  }

  /** The last close(2) of a handle; one that is not there is ignored. */
  void release(long nodeid) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return;
    }
    synchronized (inode) {
      inode.removeOpen();
      if (inode instanceof RegularFile file && file.openCount() == 0) {
        store.data(file).closed(file);
      }
      store.settle(inode);
    }
  }

  /** readlink(2). */
  Result<FileName> readlink(long nodeid) {
    Inode inode = store.get(nodeid);
    if (!(inode instanceof Symlink symlink)) {
      return Result.failed(inode == null ? Errno.ESTALE : Errno.EINVAL);
    }
    synchronized (symlink) {
      store.accessed(symlink, 0);
    }
    return Result.ok(symlink.target);
  }

  /**
   * pread(2): see {@link FileData#read}.
   *
   * @param openFlags those of open(2) that the handle has now
   */
  Result<ByteBuf[]> read(long nodeid, long offset, int size, int openFlags) {
    Inode inode = store.get(nodeid);
    if (!(inode instanceof RegularFile file)) {
      return Result.failed(noFile(inode));
    }
    synchronized (file) {
      store.accessed(file, openFlags);
      return Result.ok(store.data(file).read(file, offset, size));
    }
  }

  /**
   * pwrite(2).
   *
   * @param openFlags those of open(2) that the handle has now
   * @return how many bytes were written: fewer than there are if the store is full, but not with
   *     O_DIRECT, since the kernel makes EIO of a short direct write (ASYNC_DIO)
   */
  long write(long nodeid, long offset, MemorySegment source, boolean killSuidgid, int openFlags) {
    Inode inode = store.get(nodeid);
    if (!(inode instanceof RegularFile file)) {
      return failed(noFile(inode));
    }
    if (offset < 0 || offset > Long.MAX_VALUE - source.byteSize()) {
      return failed(Errno.EFBIG);
    }
    if (source.byteSize() == 0) {
      return 0;
    }
    synchronized (file) {
      if (file.isFreed()) {
        return failed(Errno.ESTALE);
      }
      FileContents data = store.data(file);
      boolean isWhole = (openFlags & O_DIRECT) != 0;
      if (isWhole && isTight(source) && !data.allocate(file, offset, offset + source.byteSize())) {
        return failed(Errno.ENOSPC);
      }
      int written = data.write(file, offset, source);
      if (written > 0) {
        attributes.dropPrivileges(file, killSuidgid);
        file.modified(store.now());
      }
      // A whole write is short only if others have filled the store in this moment.
      boolean isEnough = written == source.byteSize() || (written > 0 && !isWhole);
      return isEnough ? written : failed(Errno.ENOSPC);
    }
  }

  /** fallocate(2), without collapse and insert: null if it was done. */
  @Nullable Errno fallocate(long nodeid, long offset, long length, int mode) {
    Inode inode = store.get(nodeid);
    if (!(inode instanceof RegularFile file)) {
      return inode == null ? Errno.ESTALE : Errno.ENODEV;
    }
    if (offset < 0 || length <= 0) {
      return Errno.EINVAL;
    }
    if (offset > Long.MAX_VALUE - length) {
      return Errno.EFBIG;
    }
    long end = offset + length;
    synchronized (file) {
      if (file.isFreed()) {
        return Errno.ESTALE;
      }
      FileContents data = store.data(file);
      file.refresh();
      switch (mode & ~FALLOC_KEEP_SIZE) {
        case 0 -> {
          if (!data.allocate(file, offset, end)) {
            return Errno.ENOSPC;
          }
        }
        case FALLOC_ZERO_RANGE -> {
          if (!data.allocate(file, offset, end)) {
            return Errno.ENOSPC;
          }
          data.zeroPresent(file, offset, end);
        }
        case FALLOC_PUNCH_HOLE -> {
          if ((mode & FALLOC_KEEP_SIZE) == 0) {
            return Errno.EOPNOTSUPP;
          }
          data.discard(file, offset, end);
        }
        default -> {
          return Errno.EOPNOTSUPP;
        }
      }
      if ((mode & FALLOC_KEEP_SIZE) == 0 && end > file.size()) {
        data.resize(file, end);
      }
      file.modified(store.now());
      return null;
    }
  }

  /**
   * lseek(2) with SEEK_DATA or SEEK_HOLE.
   *
   * @return the new position
   */
  long seek(long nodeid, long offset, boolean hole) {
    Inode inode = store.get(nodeid);
    if (!(inode instanceof RegularFile file)) {
      return failed(noFile(inode));
    }
    synchronized (file) {
      FileContents data = store.data(file);
      long found = hole ? data.seekHole(file, offset) : data.seekData(file, offset);
      return found < 0 ? failed(Errno.ENXIO) : found;
    }
  }

  /**
   * copy_file_range(2): copies a part at most, as it may.
   *
   * @return how many bytes were copied, 0 at the end of the source
   */
  long copy(long from, long fromOffset, long to, long toOffset, long length) {
    Inode fromInode = store.get(from);
    Inode toInode = store.get(to);
    if (!(fromInode instanceof RegularFile source)) {
      return failed(noFile(fromInode));
    }
    if (!(toInode instanceof RegularFile target)) {
      return failed(noFile(toInode));
    }
    if (fromOffset < 0 || toOffset < 0 || length < 0) {
      return failed(Errno.EINVAL);
    }
    if (toOffset > Long.MAX_VALUE - length) {
      return failed(Errno.EFBIG);
    }
    Supplier<Long> copy = () -> copyLocked(source, fromOffset, target, toOffset, length);
    return LockOrder.locked(copy, source, target);
  }

  private long copyLocked(
      RegularFile source, long fromOffset, RegularFile target, long toOffset, long length) {
    if (source.isFreed() || target.isFreed()) {
      return failed(Errno.ESTALE);
    }
    source.refresh();
    long count = Math.min(length, source.size() - fromOffset);
    if (count <= 0) {
      return 0;
    }
    if (source == target && toOffset < fromOffset + count && fromOffset < toOffset + count) {
      return failed(Errno.EINVAL);
    }
    count = Math.min(count, COPY_MAX);
    long copied =
        store
            .data(target)
            .copy(source, store.data(source), fromOffset, fromOffset + count, target, toOffset);
    if (copied == 0) {
      return failed(Errno.ENOSPC);
    }
    attributes.dropPrivileges(target, false);
    target.modified(store.now());
    return copied;
  }

  /** True if there may not be room for all of it. */
  private boolean isTight(MemorySegment source) {
    return store.limits.pages.available() <= source.byteSize() / PageArena.PAGE_SIZE + 1;
  }

  private static Errno noFile(@Nullable Inode inode) {
    if (inode == null) {
      return Errno.ESTALE;
    }
    return inode instanceof Directory ? Errno.EISDIR : Errno.EINVAL;
  }

  private static int failed(Errno errno) {
    return -errno.number();
  }
}
