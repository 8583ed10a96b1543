package dev.fused.fs.memory.kernel;

import dev.fused.filesystem.ErrnoException;
import dev.fused.protocol.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * A descriptor for one file of a {@link PrivateTmpfs}. Methods throw {@link ErrnoException} for
 * what cannot be expected of a tmpfs. For one thread.
 *
 * @param fd open for reading and writing
 */
public record OpenFile(int fd) implements AutoCloseable {
  /** ftruncate(2). */
  public void resize(long size) {
    check("resize", Calls.ftruncate(fd, size));
  }

  /**
   * Gives a range memory; does not change the size.
   *
   * @return false if there is not enough
   */
  public boolean allocate(long offset, long length) {
    int result = Calls.fallocate(fd, Calls.FALLOC_KEEP_SIZE, offset, length);
    if (isFull(result)) {
      return false;
    }
    check("allocate", result);
    return true;
  }

  /** Makes a hole; does not change the size. */
  public void discard(long offset, long length) {
    int mode = Calls.FALLOC_KEEP_SIZE | Calls.FALLOC_PUNCH_HOLE;
    check("make a hole in", Calls.fallocate(fd, mode, offset, length));
  }

  /** The first byte from {@code offset} on that is no hole, or -1. */
  public long seekData(long offset) {
    return seek(offset, Calls.SEEK_DATA);
  }

  /** The first byte from {@code offset} on that is in a hole or the end, or -1 if beyond that. */
  public long seekHole(long offset) {
    return seek(offset, Calls.SEEK_HOLE);
  }

  /** Reads into all of {@code target}, which is direct, or up to the end; returns how much. */
  public int read(ByteBuffer target, long offset) {
    MemorySegment memory = MemorySegment.ofBuffer(target);
    long done = 0;
    while (done < memory.byteSize()) {
      long address = memory.address() + done;
      long count = Calls.pread(fd, address, memory.byteSize() - done, offset + done);
      check("read", count);
      if (count == 0) {
        break;
      }
      done += count;
    }
    return (int) done;
  }

  /** Writes all of {@code source}, or what there is room for. */
  public long write(MemorySegment source, long offset) {
    if (!source.isNative()) {
      try (Arena arena = Arena.ofConfined()) {
        return write(arena.allocate(source.byteSize()).copyFrom(source), offset);
      }
    }
    long done = 0;
    while (done < source.byteSize()) {
      long address = source.address() + done;
      long count = Calls.pwrite(fd, address, source.byteSize() - done, offset + done);
      if (isFull(count)) {
        break;
      }
      check("write", count);
      done += count;
    }
    return done;
  }

  /** copy_file_range(2): returns how much was copied, which is less if there is no room. */
  public long copy(long offset, OpenFile target, long targetOffset, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment from = arena.allocateFrom(ValueLayout.JAVA_LONG, offset);
      MemorySegment to = arena.allocateFrom(ValueLayout.JAVA_LONG, targetOffset);
      long done = 0;
      while (done < length) {
        long count =
            Calls.copyFileRange(fd, from.address(), target.fd, to.address(), length - done);
        if (isFull(count)) {
          break;
        }
        check("copy", count);
        if (count == 0) {
          break;
        }
        done += count;
      }
      return done;
    }
  }

  @Override
  public void close() {
    Calls.close(fd);
  }

  private long seek(long offset, int whence) {
    long found = Calls.lseek(fd, offset, whence);
    if (found == -Errno.ENXIO.number()) {
      return -1;
    }
    check("seek in", found);
    return found;
  }

  private static boolean isFull(long result) {
    return result == -Errno.ENOSPC.number();
  }

  static void check(String what, long result) {
    ErrnoException.checked(what + " a file of the private tmpfs", (int) Math.min(result, 0));
  }
}
