package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PageMapTest {
  private static final long LAST = (1L << 51) - 1;

  private final PageMap pages = new PageMap();

  @Test
  void whatWasNeverPutIsAbsent() {
    assertThat(pages.get(0)).isEqualTo(PageArena.ABSENT);
    assertThat(pages.get(LAST)).isEqualTo(PageArena.ABSENT);
    assertThat(pages.nextPresent(0)).isEqualTo(-1);
    assertThat(pages.nextAbsent(7)).isEqualTo(7);
    assertThat(pages.runEnd(3, 9)).isEqualTo(9);
  }

  @Test
  void theLastPageOfTheLargestFileHasAPlace() {
    pages.put(LAST, 1025);

    assertThat(pages.get(LAST)).isEqualTo(1025);
    assertThat(pages.nextPresent(0)).isEqualTo(LAST);
    assertThat(pages.nextAbsent(LAST)).isEqualTo(LAST + 1);
  }

  @Test
  void aRunEndsWhereMemoryIsNotContiguous() {
    pages.put(10, 2000);
    pages.put(11, 2001);
    pages.put(12, 2002);
    pages.put(13, 2010);

    assertThat(pages.runEnd(10, 100)).isEqualTo(13);
    assertThat(pages.runEnd(10, 12)).isEqualTo(12);
    assertThat(pages.runEnd(13, 100)).isEqualTo(14);
    assertThat(pages.runEnd(14, 100)).isEqualTo(100);
    assertThat(pages.runEnd(0, 100)).isEqualTo(10);
  }

  @Test
  void aRunEndsAtTheEndOfASlab() {
    pages.put(0, 2 * Slab.PAGES - 1);
    pages.put(1, 2 * Slab.PAGES);

    assertThat(pages.runEnd(0, 2)).isEqualTo(1);
  }

  @Test
  void removingWhatIsNotThereIsNoticed() {
    assertThatThrownBy(() -> pages.remove(3)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> pages.remove(300)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void itAgreesWithASortedMap() {
    Random random = new Random(2);
    TreeMap<Long, Integer> model = new TreeMap<>();
    for (int i = 0; i < 40_000; i++) {
      long position = random.nextInt(10) == 0 ? random.nextLong(LAST) : random.nextLong(500);
      if (random.nextBoolean()) {
        if (!model.containsKey(position)) {
          int page = Slab.PAGES + random.nextInt(1_000_000);
          pages.put(position, page);
          model.put(position, page);
        }
      } else if (model.containsKey(position)) {
        assertThat(pages.remove(position)).isEqualTo(model.remove(position));
      }
      long from = random.nextLong(600);
      Long present = model.ceilingKey(from);
      assertThat(pages.nextPresent(from)).isEqualTo(present == null ? -1 : present);
      long absent = from;
      while (model.containsKey(absent)) {
        absent++;
      }
      assertThat(pages.nextAbsent(from)).isEqualTo(absent);
      assertThat(pages.get(from)).isEqualTo(model.getOrDefault(from, PageArena.ABSENT));
      assertThat(pages.count()).isEqualTo(model.size());
    }
  }
}
