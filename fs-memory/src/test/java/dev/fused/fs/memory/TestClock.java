package dev.fused.fs.memory;

import java.time.Instant;
import java.time.InstantSource;

/** A clock that moves by a millisecond and a nanosecond with each reading, or stands still. */
final class TestClock implements InstantSource {
  private Instant now = Instant.parse("2025-01-01T00:00:00Z");
  private boolean stopped;

  @Override
  public synchronized Instant instant() {
    if (!stopped) {
      now = now.plusNanos(1_000_001);
    }
    return now;
  }

  /** The last reading. */
  synchronized Instant last() {
    return now;
  }

  synchronized void stop() {
    stopped = true;
  }

  synchronized void advanceSeconds(long seconds) {
    now = now.plusSeconds(seconds);
  }
}
