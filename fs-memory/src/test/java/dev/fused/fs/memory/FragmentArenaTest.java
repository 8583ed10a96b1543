package dev.fused.fs.memory;

import static dev.fused.fs.memory.PageArena.ABSENT;
import static dev.fused.fs.memory.PageArena.PAGE_SIZE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FragmentArenaTest {
  private final PageArena pages = new PageArena();
  private final FragmentArena fragments = new FragmentArena(pages);

  @AfterEach
  void close() {
    pages.close();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 64",
    "64, 64",
    "65, 128",
    "128, 128",
    "129, 256",
    "256, 256",
    "257, 512",
    "512, 512",
    "513, 1024",
    "1000, 1024",
    "1024, 1024",
    "1025, 2048",
    "2048, 2048",
    "2049, 4096",
    "4096, 4096"
  })
  void aFragmentIsTheSmallestThatHoldsTheBytes(int bytes, int expected) {
    int number = fragments.allocate(bytes);

    assertThat(FragmentArena.size(number)).isEqualTo(expected);
    assertThat(number < 0).isEqualTo(expected < PAGE_SIZE);
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 128, 256, 512, 1024, 2048})
  void aPageIsUsedUpBeforeTheNextIsCut(int size) {
    int first = fragments.allocate(size);
    boolean[] seen = new boolean[PAGE_SIZE / size];
    seen[FragmentArena.offset(first) / size] = true;
    for (int i = 1; i < seen.length; i++) {
      int number = fragments.allocate(size);
      assertThat(FragmentArena.page(number)).isEqualTo(FragmentArena.page(first));
      seen[FragmentArena.offset(number) / size] = true;
    }

    assertThat(seen).doesNotContain(false);
    assertThat(FragmentArena.page(fragments.allocate(size)))
        .isNotEqualTo(FragmentArena.page(first));
  }

  @Test
  void aPageWhoseFragmentsAreAllFreeGoesBack() {
    int first = fragments.allocate(1000);
    int second = fragments.allocate(1000);
    int page = FragmentArena.page(first);

    fragments.free(new int[] {first}, 1);
    assertThat(nextPage()).isNotEqualTo(page);
    fragments.free(new int[] {second}, 1);
    assertThat(nextPage()).isEqualTo(page);
  }

  @Test
  void pagesAndFragmentsAreFreedTogether() {
    int page = fragments.allocate(PAGE_SIZE);
    int[] numbers = {
      fragments.allocate(64), page, fragments.allocate(64), fragments.allocate(700), ABSENT
    };

    fragments.free(numbers, 4);

    assertThat(allPagesAreFree()).isTrue();
  }

  @Test
  void freeingAFragmentTwiceIsNoticed() {
    int first = fragments.allocate(64);
    int second = fragments.allocate(64);
    fragments.free(new int[] {first}, 1);

    assertThatThrownBy(() -> fragments.free(new int[] {first}, 1))
        .isInstanceOf(IllegalStateException.class);
    fragments.free(new int[] {second}, 1);
    assertThatThrownBy(() -> fragments.free(new int[] {second}, 1))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aPageThatFragmentsHaveNoNumbersForIsGivenAsAWhole() {
    int last = FragmentArena.page(fragments.allocate(PAGE_SIZE)) + 1;
    FragmentArena bounded = new FragmentArena(pages, last);

    assertThat(FragmentArena.page(bounded.allocate(2048))).isEqualTo(last);
    assertThat(bounded.allocate(2048)).isNegative();
    assertThat(bounded.allocate(2048)).isEqualTo(last + 1);
  }

  @Test
  void afterTheEndOfThePagesFreeDoesNothing() {
    PageArena closed = new PageArena();
    FragmentArena left = new FragmentArena(closed);
    int fragment = left.allocate(64);
    closed.close();

    left.free(new int[] {fragment}, 1);
    assertThat(closed.openSlabs()).isZero();
  }

  @Test
  void randomAllocationsKeepTheirBytesApartAndGiveAllPagesBack() {
    Random random = new Random(1);
    List<Integer> held = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      if (random.nextInt(100) < (i < 10_000 ? 55 : 45) || held.isEmpty()) {
        int number = fragments.allocate(1 + random.nextInt(1 << (3 + random.nextInt(10))));
        memory(number).fill((byte) number);
        held.add(number);
      } else {
        Collections.swap(held, random.nextInt(held.size()), held.size() - 1);
        int number = held.removeLast();
        byte[] expected = new byte[FragmentArena.size(number)];
        Arrays.fill(expected, (byte) number);
        assertThat(memory(number).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
        fragments.free(new int[] {number}, 1);
      }
    }
    fragments.free(held.stream().mapToInt(Integer::intValue).toArray(), held.size());

    assertThat(allPagesAreFree()).isTrue();
  }

  private MemorySegment memory(int number) {
    return pages
        .memory(FragmentArena.page(number), 1)
        .asSlice(FragmentArena.offset(number), FragmentArena.size(number));
  }

  /** The page that would be given out next: the first free one. */
  private int nextPage() {
    int page = pages.allocate(ABSENT, 1, false).first();
    pages.free(new int[] {page}, 1);
    return page;
  }

  /** Ends the test: takes all pages of the one slab. */
  private boolean allPagesAreFree() {
    return pages.openSlabs() == 1
        && pages.allocate(ABSENT, Slab.PAGES, false).count() == Slab.PAGES;
  }
}
