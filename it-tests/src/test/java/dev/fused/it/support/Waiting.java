package dev.fused.it.support;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what happens by itself. */
public final class Waiting {
  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(10);

  private Waiting() {}

  /**
   * Returns as soon as {@code condition} holds; fails, saying {@code what}, if it does not come.
   */
  public static void until(String what, BooleanSupplier condition) {
    if (!until(condition, BOUND)) {
      throw new AssertionError("waited " + BOUND + " in vain until " + what);
    }
  }

  /** Returns when {@code condition} holds or {@code bound} is over; says whether it holds. */
  public static boolean until(BooleanSupplier condition, Duration bound) {
    long end = System.nanoTime() + bound.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return true;
  }
}
