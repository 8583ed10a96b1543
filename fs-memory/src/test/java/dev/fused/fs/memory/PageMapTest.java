package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
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
    assertThat(pages.nextAbsent(7, 100)).isEqualTo(7);
    assertThat(pages.runEnd(3, 9)).isEqualTo(9);
  }

  @Test
  void theLastPageOfTheLargestFileHasAPlace() {
    pages.put(LAST, 1025);

    assertThat(pages.get(LAST)).isEqualTo(1025);
    assertThat(pages.nextPresent(0)).isEqualTo(LAST);
    assertThat(pages.nextAbsent(LAST, LAST + 1)).isEqualTo(LAST + 1);
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
  void theFirstPageMayBeAFragmentAndBecomeAPage() {
    pages.put(0, -2000);
    pages.put(1, 2001);
    assertThat(pages.get(0)).isEqualTo(-2000);
    assertThat(pages.count()).isEqualTo(2);
    assertThat(pages.nextAbsent(0, 1)).isEqualTo(1);

    pages.replaceFirst(2000);

    assertThat(pages.count()).isEqualTo(2);
    assertThat(pages.runEnd(0, 9)).isEqualTo(2);
    int[] taken = new int[2];
    assertThat(pages.remove(0, 1, taken)).isEqualTo(1);
    assertThat(taken).startsWith(2000);
    assertThat(pages.nextPresent(0)).isEqualTo(1);
  }

  @Test
  void pagesAreTakenOutInPortions() {
    for (int i = 0; i < 100; i++) {
      pages.put(i * 3L, 2000 + i);
    }
    int[] taken = new int[40];

    assertThat(pages.remove(3, 300, taken)).isEqualTo(40);
    assertThat(taken).startsWith(2001, 2002).endsWith(2040);
    assertThat(pages.get(0)).isEqualTo(2000);
    assertThat(pages.nextPresent(1)).isEqualTo(123);
    assertThat(pages.remove(0, 124, taken)).isEqualTo(2);
    assertThat(pages.remove(0, 124, taken)).isZero();
    assertThat(pages.count()).isEqualTo(58);
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
      } else {
        int[] into = new int[1 + random.nextInt(40)];
        long end = position + random.nextInt(40);
        int[] expected =
            model.subMap(position, end).values().stream()
                .limit(into.length)
                .mapToInt(Integer::intValue)
                .toArray();
        assertThat(pages.remove(position, end, into)).isEqualTo(expected.length);
        assertThat(Arrays.copyOf(into, expected.length)).isEqualTo(expected);
        List.copyOf(model.subMap(position, end).keySet()).stream()
            .limit(expected.length)
            .forEach(model::remove);
      }
      long from = random.nextLong(600);
      Long present = model.ceilingKey(from);
      assertThat(pages.nextPresent(from)).isEqualTo(present == null ? -1 : present);
      long absent = from;
      while (model.containsKey(absent)) {
        absent++;
      }
      assertThat(pages.nextAbsent(from, 700)).isEqualTo(absent);
      assertThat(pages.nextAbsent(from, from + 3)).isEqualTo(Math.min(absent, from + 3));
      assertThat(pages.get(from)).isEqualTo(model.getOrDefault(from, PageArena.ABSENT));
      assertThat(pages.count()).isEqualTo(model.size());
    }
  }
}
