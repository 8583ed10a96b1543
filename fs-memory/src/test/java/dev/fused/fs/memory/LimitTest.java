package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LimitTest {
  @Test
  void theLastUnitCanBeReservedAndNoneAfterIt() {
    Limit limit = new Limit(10);

    assertThat(limit.tryReserve(9)).isTrue();
    assertThat(limit.tryReserve(2)).isFalse();
    assertThat(limit.tryReserve(1)).isTrue();
    assertThat(limit.tryReserve(1)).isFalse();
    assertThat(limit.available()).isZero();
  }

  @Test
  void reserveUpToGrantsWhatIsLeft() {
    Limit limit = new Limit(10);

    assertThat(limit.reserveUpTo(7)).isEqualTo(7);
    assertThat(limit.reserveUpTo(7)).isEqualTo(3);
    assertThat(limit.reserveUpTo(7)).isZero();
  }

  @Test
  void whatIsReleasedCanBeReservedAgainAtOnce() {
    Limit limit = new Limit(10);
    limit.tryReserve(10);
    limit.release(4);

    assertThat(limit.tryReserve(4)).isTrue();
    assertThat(limit.used()).isEqualTo(10);
  }

  @Test
  void aCountFarBeyondTheLimitIsRefusedWithoutOverflow() {
    Limit limit = new Limit(10);
    limit.tryReserve(5);

    assertThat(limit.tryReserve(Long.MAX_VALUE)).isFalse();
    assertThat(limit.reserveUpTo(Long.MAX_VALUE)).isEqualTo(5);
  }

  @Test
  void forcedUseBeyondTheLimitLeavesNothing() {
    Limit limit = new Limit(10);
    limit.force(15);

    assertThat(limit.available()).isZero();
    assertThat(limit.tryReserve(0)).isFalse();
    assertThat(limit.reserveUpTo(1)).isZero();
  }

  @Test
  void manyThreadsNeverReserveMoreThanThereIs() throws InterruptedException {
    Limit limit = new Limit(1000);
    AtomicLong granted = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int n = 0; n < 1000; n++) {
                      granted.addAndGet(limit.tryReserve(1) ? 1 : 0);
                      granted.addAndGet(limit.reserveUpTo(2));
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(granted.get()).isEqualTo(1000);
    assertThat(limit.used()).isEqualTo(1000);
  }
}
