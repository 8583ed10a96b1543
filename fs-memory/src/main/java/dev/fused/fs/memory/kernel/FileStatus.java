package dev.fused.fs.memory.kernel;

import java.time.Instant;

/**
 * What the kernel says of a file. Times are nanoseconds since 1970.
 *
 * @param blocks of 512 bytes
 */
public record FileStatus(long size, long blocks, long atime, long mtime) {
  private static final long NANOS = 1_000_000_000;

  static long nanos(long seconds, int nanos) {
    return seconds * NANOS + nanos;
  }

  /** One of the times. */
  public static Instant instant(long time) {
    return Instant.ofEpochSecond(Math.floorDiv(time, NANOS), Math.floorMod(time, NANOS));
  }
}
