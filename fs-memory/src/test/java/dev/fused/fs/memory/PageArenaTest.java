package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PageArenaTest {
  private final PageArena arena = new PageArena();

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void noPageIsGivenOutTwice() {
    Set<Integer> pages = new HashSet<>();
    for (int i = 0; i < 2 * Slab.PAGES; i++) {
      assertThat(pages.add(arena.allocate(PageArena.ABSENT, 1, i % 2 == 0).first())).isTrue();
    }

    assertThat(pages).doesNotContain(PageArena.ABSENT);
    assertThat(arena.openSlabs()).isEqualTo(2);
  }

  @Test
  void aRunIsAsLongAsAskedForWhileASlabIsFresh() {
    assertThat(arena.allocate(PageArena.ABSENT, 256, true).count()).isEqualTo(256);
  }

  @Test
  void aGrowingFileGetsNeighboursAlthoughOthersGrowToo() {
    int first = arena.allocate(PageArena.ABSENT, 1, true).first();
    int second = arena.allocate(PageArena.ABSENT, 1, true).first();
    for (int i = 0; i < 50; i++) {
      int nextOfFirst = arena.allocate(first, 1, true).first();
      int nextOfSecond = arena.allocate(second, 1, true).first();

      assertThat(PageArena.neighbours(first, nextOfFirst)).isTrue();
      assertThat(PageArena.neighbours(second, nextOfSecond)).isTrue();
      first = nextOfFirst;
      second = nextOfSecond;
    }
  }

  @Test
  void pagesOfTwoSlabsAreNoNeighbours() {
    assertThat(PageArena.neighbours(Slab.PAGES * 2 - 1, Slab.PAGES * 2)).isFalse();
    assertThat(PageArena.neighbours(Slab.PAGES * 2, Slab.PAGES * 2 + 1)).isTrue();
  }

  @Test
  void scatteredFreePagesAreUsedBeforeANewSlabIsOpened() {
    int[] pages = fill(1);
    for (int i = 0; i < Slab.PAGES; i += 2) {
      arena.free(new int[] {pages[i]}, 1);
    }
    for (int i = 0; i < Slab.PAGES / 2; i++) {
      arena.allocate(PageArena.ABSENT, 1, true);
    }

    assertThat(arena.openSlabs()).isEqualTo(1);
  }

  @Test
  void emptySlabsAreClosedAndOneIsKept() {
    int[] pages = fill(5);
    assertThat(arena.openSlabs()).isEqualTo(5);

    arena.free(pages, pages.length);

    assertThat(arena.openSlabs()).isEqualTo(1);
  }

  @Test
  void theSlabThatWasKeptIsUsedAgain() {
    int[] pages = fill(3);
    arena.free(pages, pages.length);
    fill(1);
    assertThat(arena.openSlabs()).isEqualTo(1);
    fill(1);
    assertThat(arena.openSlabs()).isEqualTo(2);
  }

  @Test
  void memoryOfAPageIsItsOwn() {
    int[] pages = fill(2);
    for (int page : pages) {
      arena.memory(page, 1).fill((byte) page);
    }
    for (int page : pages) {
      assertThat(arena.memory(page, 1).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) page);
      assertThat(arena.memory(page, 1).get(ValueLayout.JAVA_BYTE, PageArena.PAGE_SIZE - 1))
          .isEqualTo((byte) page);
      assertThat(arena.buffer(page, 7, 1).get()).isEqualTo((byte) page);
    }
  }

  @Test
  void freeingAPageTwiceIsNoticed() {
    int page = arena.allocate(PageArena.ABSENT, 2, false).first();
    arena.free(new int[] {page}, 1);

    assertThatThrownBy(() -> arena.free(new int[] {page}, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void randomAllocationsAndFreesKeepPagesApartAndEndWithOneSlab() {
    Random random = new Random(1);
    List<Integer> held = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      if (random.nextInt(100) < 55 || held.isEmpty()) {
        int after = held.isEmpty() ? PageArena.ABSENT : held.get(random.nextInt(held.size()));
        PageRun run = arena.allocate(after, 1 + random.nextInt(40), random.nextBoolean());
        for (int page = run.first(); page < run.first() + run.count(); page++) {
          assertThat(seen.add(page)).isTrue();
          held.add(page);
        }
      } else {
        Collections.shuffle(held, random);
        int[] freed = new int[Math.min(held.size(), random.nextInt(60))];
        for (int n = 0; n < freed.length; n++) {
          freed[n] = held.removeLast();
          seen.remove(freed[n]);
        }
        arena.free(freed, freed.length);
      }
    }
    arena.free(held.stream().mapToInt(Integer::intValue).toArray(), held.size());

    assertThat(arena.openSlabs()).isEqualTo(1);
  }

  private int[] fill(int slabs) {
    int[] pages = new int[slabs * Slab.PAGES];
    for (int i = 0; i < pages.length; i++) {
      pages[i] = arena.allocate(PageArena.ABSENT, 1, false).first();
    }
    return pages;
  }
}
