package dev.fused.fs.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the inodes that have no name left and are still needed: open, or known to the kernel.
 *
 * <p>They use space until they go, and most of them go soon: after close(2) and unlink(2) have
 * returned, the kernel still has to send RELEASE and FORGET. So a store that is full while there
 * are orphans may have room in a moment. Any thread.
 */
final class Orphans {
  private final AtomicLong alive = new AtomicLong();
  private final AtomicLong ever = new AtomicLong();

  /** As many orphans as there ever had been when waiting for one was in vain. */
  private volatile long provenLasting;

  void add() {
    ever.incrementAndGet();
    alive.incrementAndGet();
  }

  void remove() {
    alive.decrementAndGet();
  }

  /** How many there are. */
  long count() {
    return alive.get();
  }

  /** True if none has come since somebody waited in vain for one to go. */
  boolean haveOutlastedAWait() {
    return ever.get() == provenLasting;
  }

  /** What {@link #outlasted} needs to know about the time before a wait. */
  long mark() {
    return ever.get();
  }

  /** Somebody has waited since {@code mark}, in vain. */
  void outlasted(long mark) {
    provenLasting = mark;
  }
}
