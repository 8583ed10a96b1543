package dev.fused.daemon.service;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Beats as long as the loops come round. It asks the loops and not the mount: a thread of the
 * server that waits for its own mount could not be killed once the loops are gone. What a file
 * system does on other threads is left to the deadlines of requests.
 *
 * <p>A thread of its own. If a loop is held, so is the beat, until the loop goes on.
 */
final class Watchdog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);

  private final long periodNanos;
  private final Supplier<CompletableFuture<Void>> round;
  private final Runnable beat;
  private final Thread thread;

  private Watchdog(Duration period, Supplier<CompletableFuture<Void>> round, Runnable beat) {
    this.periodNanos = period.toNanos();
    this.round = round;
    this.beat = beat;
    this.thread = Thread.ofPlatform().daemon().name("fused watchdog").unstarted(this::run);
  }

  /**
   * Starts, with a beat at once.
   *
   * @param round completes when all loops have come round; exceptionally if they have ended
   */
  static Watchdog start(Duration period, Supplier<CompletableFuture<Void>> round, Runnable beat) {
    Watchdog watchdog = new Watchdog(period, round, beat);
    watchdog.thread.start();
    return watchdog;
  }

  private void run() {
    try {
      while (true) {
        long next = System.nanoTime() + periodNanos;
        awaitRound(round.get());
        beat.run();
        TimeUnit.NANOSECONDS.sleep(next - System.nanoTime());
      }
    } catch (InterruptedException | ExecutionException e) {
      // closed, or the loops have ended
    }
  }

  /** There is never more than one task in the queue of a loop that is held. */
  private void awaitRound(CompletableFuture<Void> round)
      throws InterruptedException, ExecutionException {
    try {
      round.get(periodNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      log.warn("a loop does not come round: the service manager's watchdog hears nothing");
      round.get();
      log.warn("all loops come round again");
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
