package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RadixTreeTest {
  private final RadixTree<String> tree = new RadixTree<>();

  @Test
  void anEmptyTreeHasNothing() {
    assertThat(tree.get(0)).isNull();
    assertThat(tree.get(Long.MAX_VALUE)).isNull();
    assertThat(tree.ceiling(0)).isEqualTo(-1);
    assertThat(tree.isEmpty()).isTrue();
  }

  @Test
  void theSmallestAndTheLargestIndexCanBeUsed() {
    tree.put(0, "first");
    tree.put(Long.MAX_VALUE, "last");

    assertThat(tree.get(0)).isEqualTo("first");
    assertThat(tree.get(Long.MAX_VALUE)).isEqualTo("last");
    assertThat(tree.ceiling(1)).isEqualTo(Long.MAX_VALUE);
    assertThat(tree.ceiling(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    assertThat(tree.get(Long.MAX_VALUE - 1)).isNull();
  }

  @Test
  void aTreeWhoseElementsAreGoneIsEmpty() {
    for (long i = 0; i < 100_000; i += 7) {
      tree.put(i * i, "x");
    }
    for (long i = 0; i < 100_000; i += 7) {
      tree.remove(i * i);
    }

    assertThat(tree.isEmpty()).isTrue();
  }

  @Test
  void removingWhatIsNotThereChangesNothing() {
    tree.put(5, "five");
    tree.remove(6);
    tree.remove(1L << 40);

    assertThat(tree.get(5)).isEqualTo("five");
  }

  @Test
  void itAgreesWithASortedMap() {
    Random random = new Random(1);
    TreeMap<Long, String> model = new TreeMap<>();
    for (int i = 0; i < 50_000; i++) {
      long index = random.nextLong() >>> (1 + random.nextInt(63));
      switch (random.nextInt(4)) {
        case 0 -> {
          tree.put(index, "e" + i);
          model.put(index, "e" + i);
        }
        case 1 -> {
          Long present = model.ceilingKey(index);
          if (present != null) {
            tree.remove(present);
            model.remove(present);
          }
        }
        case 2 -> assertThat(tree.get(index)).isEqualTo(model.get(index));
        default -> {
          Long ceiling = model.ceilingKey(index);
          assertThat(tree.ceiling(index)).isEqualTo(ceiling == null ? -1 : ceiling);
        }
      }
    }
    model.forEach((index, element) -> assertThat(tree.get(index)).isEqualTo(element));
  }
}
