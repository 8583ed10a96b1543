package dev.fused.daemon.metrics;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.SingleWriterRecorder;
import org.jspecify.annotations.Nullable;

/**
 * Latencies of one kind on one loop. The loop records, without waiting for anyone; one reader at a
 * time takes over what was recorded since it last did.
 */
final class LatencyRecorder {
  /** What is shorter is told apart no more: it is what reading the clock takes. */
  private static final long SHORTEST_NANOS = 64;

  /** What is longer counts as that: a quarter of an hour. */
  static final long LONGEST_NANOS = 1_000_000_000_000L;

  /** Two significant digits: a percentile is right to one hundredth. */
  private static final int DIGITS = 2;

  private final SingleWriterRecorder recorder =
      new SingleWriterRecorder(SHORTEST_NANOS, LONGEST_NANOS, DIGITS);
  private @Nullable Histogram recycled;

  static Histogram newHistogram() {
    return new Histogram(SHORTEST_NANOS, LONGEST_NANOS, DIGITS);
  }

  /** On the loop. */
  void record(long nanos) {
    recorder.recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
  }

  /** Adds what is new to {@code total}. One thread at a time. */
  void drainTo(Histogram total) {
    Histogram added = recorder.getIntervalHistogram(recycled);
    recycled = added;
    total.add(added);
  }
}
