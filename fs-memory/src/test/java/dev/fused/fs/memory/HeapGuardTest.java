package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HeapGuardTest {
  private double inUse;

  private final HeapGuard guard =
      new HeapGuard() {
        @Override
        double partInUse() {
          return inUse;
        }
      };

  @Test
  void whatFitsIntoTheHeapForSureIsNotWatched() {
    assertThat(HeapGuard.forInodes(HeapGuard.mostInodes()).isFull()).isFalse();
    assertThat(HeapGuard.forInodes(HeapGuard.mostInodes()))
        .isSameAs(HeapGuard.forInodes(1))
        .isNotSameAs(HeapGuard.forInodes(HeapGuard.mostInodes() + 1));
  }

  @Test
  void aHeapThatFillsUpIsFoundFullWithinSomeHundredInodes() {
    assertThat(guard.isFull()).isFalse();
    inUse = 0.9;

    int more = 0;
    while (!guard.isFull()) {
      more++;
    }

    assertThat(more).isLessThan(1000);
  }

  @Test
  void roomIsSeenAtOnceWhenTheHeapWasFull() {
    inUse = 0.9;
    assertThat(guard.isFull()).isTrue();
    assertThat(guard.isFull()).isTrue();

    inUse = 0.5;

    assertThat(guard.isFull()).isFalse();
  }

  @Test
  void theHeapOfThisProgramIsNeitherEmptyNorOverfull() {
    System.gc();

    assertThat(new HeapGuard().partInUse()).isBetween(0.0, 1.0);
  }
}
