package dev.fused.server.transport.epoll;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How long a loop looks for the next request before it sleeps. To wake a processor that sleeps
 * takes longer than most requests do, so a client that asks again at once is answered sooner by a
 * loop that is still awake; and one that seldom asks shall not keep a processor busy.
 *
 * <p>As with the halt polling of KVM, a sleep that was short makes the next look longer, and a long
 * one ends looking. Where there are several clients, looking would only take their processors: so
 * only one loop of a transport looks at a time, and none that has just found several requests in a
 * row. On one loop.
 */
final class BusyPolling {
  /** Begins with as much as a client needs between two requests. */
  static final long SHORTEST_NANOS = 10_000;

  static final long LONGEST_NANOS = 40_000;

  /** A sleep of that length might have been spared: most of it is waking up. */
  static final long SHORT_SLEEP_NANOS = 200_000;

  private static final long UNKNOWN = Long.MIN_VALUE;

  private final AtomicBoolean turn;
  private final boolean allowed;
  private long window;
  private long asleepSince = UNKNOWN;
  private long end;

  /**
   * @param turn shared by the loops of a transport; true while one of them looks
   * @param processors of this process; with only one, looking would keep it from the client
   */
  BusyPolling(AtomicBoolean turn, int processors) {
    this.turn = turn;
    this.allowed = processors > 1;
  }

  /**
   * There are no more requests, so the loop goes to sleep unless it finds one now.
   *
   * @param served requests since there was none
   */
  boolean begin(long nanoTime, int served) {
    end = nanoTime + window;
    return window > 0 && served <= 1 && turn.compareAndSet(false, true);
  }

  /** True until the look has taken long enough. */
  boolean goesOn(long nanoTime) {
    return nanoTime - end < 0;
  }

  /** The look that {@link #begin} allowed is over. */
  void end() {
    turn.set(false);
  }

  /** The loop goes to sleep. */
  void sleep(long nanoTime) {
    asleepSince = nanoTime;
  }

  /** The loop is awake, from a sleep or as it had more to do. */
  void awake(long nanoTime) {
    if (allowed && asleepSince != UNKNOWN) {
      window =
          nanoTime - asleepSince > SHORT_SLEEP_NANOS
              ? 0
              : Math.clamp(2 * window, SHORTEST_NANOS, LONGEST_NANOS);
    }
    asleepSince = UNKNOWN;
  }
}
