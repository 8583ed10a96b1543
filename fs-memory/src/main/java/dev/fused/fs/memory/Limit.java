package dev.fused.fs.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many of something may be in use at once: counted exactly, without a lock. What is released
 * can be reserved again at once. Any thread.
 */
final class Limit {
  private final long max;
  private final AtomicLong used = new AtomicLong();

  Limit(long max) {
    this.max = max;
  }

  /**
   * Reserves all of {@code count}, or nothing.
   *
   * @param count less than 0 gives back
   */
  boolean tryReserve(long count) {
    long now = used.get();
    while (count <= max - now) {
      long seen = used.compareAndExchange(now, now + count);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  /** Reserves as much of {@code count} as is left, and returns how much that was. */
  long reserveUpTo(long count) {
    long now = used.get();
    while (true) {
      long granted = Math.min(count, max - now);
      if (granted <= 0) {
        return 0;
      }
      long seen = used.compareAndExchange(now, now + granted);
      if (seen == now) {
        return granted;
      }
      now = seen;
    }
  }

  /** Counts what is in use already, even beyond the limit. */
  void force(long count) {
    used.addAndGet(count);
  }

  void release(long count) {
    used.addAndGet(-count);
  }

  long used() {
    return used.get();
  }

  long max() {
    return max;
  }

  /** What can be reserved now, 0 or more. */
  long available() {
    return Math.max(0, max - used.get());
  }
}
