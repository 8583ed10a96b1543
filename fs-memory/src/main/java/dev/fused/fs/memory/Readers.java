package dev.fused.fs.memory;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the pages of a file, and its fragment, alive that answers to READ still refer to.
 *
 * <p>An answer goes out without a copy, perhaps after the file was truncated. Each of its buffers
 * holds a pin; pages that the file gives up meanwhile are <i>retired</i> and freed with the last
 * pin that can refer to them. A read that begins later cannot, and is counted by a successor: so
 * reads that always overlap do not keep retired pages for ever.
 *
 * <p>{@link #pin} and {@link #retire} are called under the lock of the file, {@link #unpin} by any
 * thread.
 */
final class Readers {
  private static final int[] NONE = {};

  private final FragmentArena memory;
  private int pins;
  private int[] retired = NONE;
  private int retiredCount;

  /** Counts later reads; holds one pin of it, as its pages may be in use here too. */
  private @Nullable Readers successor;

  Readers(FragmentArena memory) {
    this.memory = memory;
  }

  /** A read begins. Returns the one that counts it, which the file uses from now on. */
  Readers pin() {
    Readers later;
    synchronized (this) {
      if (retiredCount == 0) {
        pins++;
        return this;
      }
      if (successor == null) {
        successor = new Readers(memory);
        successor.pins = 1;
      }
      later = successor;
    }
    return later.pin();
  }

  /** A read has gone out. */
  void unpin() {
    Readers readers = this;
    while (readers != null) {
      readers = readers.release();
    }
  }

  /**
   * Takes pages that the file gives up.
   *
   * @return false if no read is under way: the pages can be freed at once
   */
  synchronized boolean retire(int[] pages, int count) {
    if (pins == 0) {
      return false;
    }
    if (retiredCount + count > retired.length) {
      retired = Arrays.copyOf(retired, Math.max(retiredCount + count, retiredCount * 2));
    }
    System.arraycopy(pages, 0, retired, retiredCount, count);
    retiredCount += count;
    return true;
  }

  /** True if no read is under way. */
  synchronized boolean isIdle() {
    return pins == 0;
  }

  private @Nullable Readers release() {
    int[] pages;
    int count;
    Readers later;
    synchronized (this) {
      if (--pins > 0) {
        return null;
      }
      pages = retired;
      count = retiredCount;
      later = successor;
      retired = NONE;
      retiredCount = 0;
      successor = null;
    }
    memory.free(pages, count);
    return later;
  }
}
