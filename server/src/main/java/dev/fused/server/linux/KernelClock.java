package dev.fused.server.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;

/**
 * The clock from which the kernel takes the times of files. It ticks every few milliseconds, and in
 * between as far as somebody has looked at file times; the clock of programs is ahead of it. Only
 * with times from here is what is changed later on another file system never older, which is what
 * make(1) compares.
 *
 * <p>No system call tells this time, but a file that was just touched has it: one in memory,
 * without a name. Any thread.
 */
public final class KernelClock implements InstantSource {
  /** Where {@code struct statx} has stx_mtime. */
  private static final long MTIME_SECONDS = 112;

  private static final long MTIME_NANOS = MTIME_SECONDS + Long.BYTES;

  private static final ThreadLocal<MemorySegment> STATX =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Libc.STATX_SIZE, Long.BYTES));

  private final int fd;

  private KernelClock(int fd) {
    this.fd = fd;
  }

  /**
   * Opens it, for as long as the process lives; or that of programs, where there are no such files.
   */
  public static InstantSource open() {
    int fd = Libc.memfdCreate("fused clock", Libc.MFD_CLOEXEC);
    return fd < 0 ? Clock.systemUTC() : new KernelClock(fd);
  }

  /** Costs less, and may be ahead by a tick. */
  @Override
  public long millis() {
    return System.currentTimeMillis();
  }

  /** Takes two system calls. */
  @Override
  public Instant instant() {
    MemorySegment statx = STATX.get();
    int touched = Libc.touch(fd);
    int seen = Libc.fstatx(fd, Libc.STATX_MTIME, statx.address());
    if (touched < 0 || seen < 0) {
      throw new IllegalStateException(
          "cannot read the kernel's clock: error " + (touched < 0 ? -touched : -seen));
    }
    return Instant.ofEpochSecond(
        statx.get(JAVA_LONG, MTIME_SECONDS), statx.get(JAVA_INT, MTIME_NANOS));
  }
}
