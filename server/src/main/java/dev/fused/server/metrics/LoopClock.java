package dev.fused.server.metrics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * When the loop of a channel has work. The channel keeps it, from times that it knows anyway;
 * others only read. One writer, the loop; {@link #busyNanos} on any thread.
 */
public final class LoopClock {
  private static final VarHandle BUSY;
  private static final VarHandle SINCE;

  /** {@code System.nanoTime} never is that, in practice. */
  private static final long IDLE = Long.MIN_VALUE;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      BUSY = lookup.findVarHandle(LoopClock.class, "busy", long.class);
      SINCE = lookup.findVarHandle(LoopClock.class, "since", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private long busy;
  private long since = IDLE;

  /** The loop was told that there are requests, or looks for more after a full turn. */
  public void work(long nanoTime) {
    rest(nanoTime);
    SINCE.setOpaque(this, nanoTime);
  }

  /** There are no more requests: the loop sleeps, or looks for the next. */
  public void rest(long nanoTime) {
    long began = since;
    if (began != IDLE) {
      SINCE.setOpaque(this, IDLE);
      BUSY.setOpaque(this, busy + nanoTime - began);
    }
  }

  /** True between {@link #rest} and {@link #work}. On the loop. */
  public boolean isResting() {
    return since == IDLE;
  }

  /**
   * How long a request waited here: since the loop woke up for this turn, or since its last look at
   * the device that found nothing. What passed before, from the call of the client until the loop
   * ran, only the kernel knows. A request that came while the loop served others waited less, by
   * what is not known either. On the loop.
   */
  public long waitedNanos(long nanoTime) {
    long began = since;
    return began == IDLE ? 0 : nanoTime - began;
  }

  /**
   * Nanoseconds in which the loop had work, until now. Neither sleeping counts nor looking for the
   * next request. Any thread.
   */
  public long busyNanos() {
    long began = (long) SINCE.getOpaque(this);
    long total = (long) BUSY.getOpaque(this);
    return began == IDLE ? total : total + Math.max(0, System.nanoTime() - began);
  }
}
