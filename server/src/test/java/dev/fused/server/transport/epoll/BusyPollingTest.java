package dev.fused.server.transport.epoll;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class BusyPollingTest {
  private final AtomicBoolean turn = new AtomicBoolean();
  private final BusyPolling polling = new BusyPolling(turn, 2);
  private long now = Long.MAX_VALUE - 1000; // nanoTime overflows some day

  @Test
  void beginsWithSleeping() {
    assertThat(polling.begin(now, 1)).isFalse();
    assertThat(turn).isFalse();
  }

  @Test
  void looksAfterAShortSleep() {
    sleep(BusyPolling.SHORT_SLEEP_NANOS);

    assertThat(polling.begin(now, 1)).isTrue();
    assertThat(polling.goesOn(now + BusyPolling.SHORTEST_NANOS - 1)).isTrue();
    assertThat(polling.goesOn(now + BusyPolling.SHORTEST_NANOS)).isFalse();
  }

  @Test
  void looksLongerIfItWasTooShort() {
    for (int i = 0; i < 10; i++) {
      sleep(1000);
    }

    assertThat(polling.begin(now, 1)).isTrue();
    assertThat(polling.goesOn(now + BusyPolling.LONGEST_NANOS - 1)).isTrue();
    assertThat(polling.goesOn(now + BusyPolling.LONGEST_NANOS)).isFalse();
  }

  @Test
  void doesNotLookAfterALongSleep() {
    sleep(1000);
    sleep(BusyPolling.SHORT_SLEEP_NANOS + 1);

    assertThat(polling.begin(now, 1)).isFalse();
  }

  @Test
  void aLoopThatHadMoreToDoHasNotSlept() {
    sleep(1000);
    now += 10 * BusyPolling.SHORT_SLEEP_NANOS;
    polling.awake(now);

    assertThat(polling.begin(now, 1)).isTrue();
  }

  @Test
  void oneLoopLooksAtATime() {
    BusyPolling other = new BusyPolling(turn, 2);
    sleep(1000);
    other.sleep(now);
    other.awake(now);
    assertThat(polling.begin(now, 1)).isTrue();

    assertThat(other.begin(now, 1)).isFalse();
    polling.end();
    assertThat(other.begin(now, 1)).isTrue();
  }

  @Test
  void leavesTheProcessorsToSeveralClients() {
    sleep(1000);

    assertThat(polling.begin(now, 2)).isFalse();
    assertThat(turn).isFalse();
  }

  @Test
  void leavesTheOnlyProcessorToTheClient() {
    BusyPolling alone = new BusyPolling(turn, 1);
    alone.sleep(now);
    alone.awake(now + 1);

    assertThat(alone.begin(now, 1)).isFalse();
  }

  private void sleep(long nanos) {
    polling.sleep(now);
    now += nanos;
    polling.awake(now);
  }
}
