package dev.fused.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoopClockTest {
  private final LoopClock clock = new LoopClock();

  @Test
  void onlyTheTimeBetweenWorkAndRestIsBusy() {
    clock.work(100);
    clock.rest(130);
    clock.rest(150);
    clock.work(200);
    clock.work(205);
    clock.rest(210);

    assertThat(clock.busyNanos()).isEqualTo(40);
    assertThat(clock.isResting()).isTrue();
  }

  @Test
  void aRequestWaitedSinceTheTurnBegan() {
    assertThat(clock.waitedNanos(50)).isZero();

    clock.work(100);
    assertThat(clock.waitedNanos(103)).isEqualTo(3);

    clock.work(200);
    assertThat(clock.waitedNanos(201)).isEqualTo(1);
  }

  @Test
  void aTurnThatGoesOnIsBusyUntilNow() {
    clock.work(System.nanoTime() - 1_000_000_000L);

    assertThat(clock.busyNanos()).isGreaterThanOrEqualTo(1_000_000_000L);
  }
}
