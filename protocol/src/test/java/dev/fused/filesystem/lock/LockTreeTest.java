package dev.fused.filesystem.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.protocol.FileLock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LockTreeTest {
  private final LockTree tree = new LockTree();

  private static RangeLock lock(long start, long end, long owner) {
    return new RangeLock(start, end, FileLock.READ, owner, 1, 0);
  }

  @Test
  void findsWhatALinearSearchFinds() {
    Random random = new Random(7);
    List<RangeLock> model = new ArrayList<>();
    for (int step = 0; step < 4000; step++) {
      if (model.isEmpty() || random.nextInt(5) > step / 1500) {
        long start = random.nextInt(200);
        RangeLock added = lock(start, start + random.nextInt(40), step);
        tree.add(added);
        model.add(added);
      } else {
        tree.remove(model.remove(random.nextInt(model.size())));
      }
      long from = random.nextInt(240);
      long to = from + random.nextInt(20);
      List<RangeLock> expected =
          model.stream()
              .filter(lock -> lock.end() >= from && lock.start() <= to && lock.owner() % 3 != 0)
              .sorted(
                  Comparator.comparingLong(RangeLock::start).thenComparingLong(RangeLock::owner))
              .toList();
      assertThat(tree.size()).isEqualTo(model.size());
      assertThat(tree.all(from, to, lock -> lock.owner() % 3 != 0)).isEqualTo(expected);
      assertThat(tree.first(from, to, lock -> lock.owner() % 3 != 0))
          .isEqualTo(expected.isEmpty() ? null : expected.getFirst());
    }
  }

  @Test
  void locksThatDoNotOverlapAreNotLookedAt() {
    for (long start = 0; start < 100_000; start++) {
      tree.add(lock(2 * start, 2 * start, 1));
    }
    AtomicInteger tested = new AtomicInteger();
    tree.all(
        50_000,
        50_009,
        lock -> {
          tested.incrementAndGet();
          return true;
        });
    assertThat(tested).hasValue(5);
  }

  @Test
  void removingWhatIsNotThereIsRefused() {
    tree.add(lock(0, 9, 1));
    assertThatThrownBy(() -> tree.remove(lock(0, 9, 2)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
