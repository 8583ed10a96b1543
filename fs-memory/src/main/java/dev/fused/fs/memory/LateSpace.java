package dev.fused.fs.memory;

import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs operations that need space. One that finds the store full is tried again for a short while
 * if {@link Orphans} may be about to go, so that what a program has removed can be used by its next
 * system call. Only then is the answer given later, and on another thread. Any thread.
 */
final class LateSpace {
  private static final int TRIES = 50;

  /** As many when the orphans have outlasted a wait: one may have been closed since. */
  private static final int FEW_TRIES = 10;

  private static final long PAUSE_MILLIS = 2;

  private final Orphans orphans;

  LateSpace(Orphans orphans) {
    this.orphans = orphans;
    // The JVM's own threads for virtual ones are started now: if there is no memory for them when
    // the first is needed, there will be no virtual thread ever after.
    Thread.startVirtualThread(() -> {});
  }

  /**
   * Runs {@code operation} until it is not stopped by a full store, and then {@code answer}, once.
   *
   * @param isFull true for a result that says so; the operation has then changed nothing
   */
  <T extends @Nullable Object> void run(
      Supplier<T> operation, Predicate<T> isFull, Consumer<T> answer) {
    T result = operation.get();
    if (!isFull.test(result) || orphans.count() == 0) {
      answer.accept(result);
      return;
    }
    try {
      Thread.startVirtualThread(() -> answer.accept(retry(operation, isFull, result)));
    } catch (OutOfMemoryError | RejectedExecutionException e) { // no thread to wait on
      answer.accept(result);
    }
  }

  private <T extends @Nullable Object> T retry(
      Supplier<T> operation, Predicate<T> isFull, T first) {
    long mark = orphans.mark();
    int tries = orphans.haveOutlastedAWait() ? FEW_TRIES : TRIES;
    T result = first;
    for (int i = 0; i < tries && isFull.test(result); i++) {
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return result;
      } catch (OutOfMemoryError e) { // the JVM has no thread to wake this one with
        return result;
      }
      result = operation.get();
    }
    if (isFull.test(result)) {
      orphans.outlasted(mark);
    }
    return result;
  }
}
