package dev.fused.server.mount;

import dev.fused.server.linux.CallThreads;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * A system call that may block for ever, made on a daemon thread of its own, so that its caller
 * waits as long as it wants to. Nothing can stop the call itself.
 */
final class BoundedCall {
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile int result;

  private BoundedCall() {}

  /** Starts the call; {@code name} is that of the thread. */
  static BoundedCall start(String name, IntSupplier call) {
    return start(CallThreads.ORDINARY, name, call);
  }

  /** The same on one of {@code threads}. */
  static BoundedCall start(CallThreads threads, String name, IntSupplier call) {
    BoundedCall bounded = new BoundedCall();
    threads.start(
        name,
        () -> {
          bounded.result = call.getAsInt();
          bounded.done.countDown();
        });
    return bounded;
  }

  /**
   * The result, or empty if the call is still running after {@code bound}. An interrupt does not
   * shorten the wait: half an unmount is worse than a late one.
   */
  OptionalInt await(Duration bound) {
    long deadline = System.nanoTime() + bound.toNanos();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          long left = deadline - System.nanoTime();
          boolean ended = done.await(Math.max(0, left), TimeUnit.NANOSECONDS);
          return ended ? OptionalInt.of(result) : OptionalInt.empty();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
