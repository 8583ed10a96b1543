package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ReadersTest {
  private final PageArena arena = new PageArena();
  private final Readers readers = new Readers(new FragmentArena(arena));

  @AfterEach
  void close() {
    arena.close();
  }

  @Test
  void withoutAReadPagesAreNotRetired() {
    assertThat(readers.retire(new int[] {page()}, 1)).isFalse();
    assertThat(readers.isIdle()).isTrue();
  }

  @Test
  void retiredPagesAreFreedWithTheLastReadThatMayReferToThem() {
    Readers first = readers.pin();
    Readers second = readers.pin();
    int page = page();
    assertThat(readers.retire(new int[] {page}, 1)).isTrue();

    first.unpin();
    assertThat(isFree(page)).isFalse();
    second.unpin();
    assertThat(isFree(page)).isTrue();
  }

  @Test
  void aReadThatBeginsLaterDoesNotKeepRetiredPages() {
    Readers early = readers.pin();
    int page = page();
    readers.retire(new int[] {page}, 1);
    Readers late = early.pin();
    assertThat(late).isNotSameAs(early);

    early.unpin();

    assertThat(isFree(page)).isTrue();
    late.unpin();
  }

  @Test
  void pagesRetiredLaterWaitForEarlierReadsToo() {
    Readers early = readers.pin();
    int earlyPage = page();
    readers.retire(new int[] {earlyPage}, 1);
    Readers late = early.pin();
    int page = page();
    late.retire(new int[] {page}, 1);

    late.unpin();
    assertThat(isFree(page)).isFalse();
    early.unpin();
    assertThat(page()).isEqualTo(earlyPage);
    assertThat(isFree(page)).isTrue();
  }

  @Test
  void overlappingReadsDoNotHoldPagesForEver() {
    Readers current = readers.pin();
    for (int i = 0; i < 1000; i++) {
      int page = page();
      current.retire(new int[] {page}, 1);
      Readers next = current.pin();
      current.unpin();
      current = next;
      assertThat(isFree(page)).isTrue();
    }
    current.unpin();
    assertThat(current.isIdle()).isTrue();
  }

  @Test
  void afterAllReadsItCanBeUsedAgain() {
    readers.pin();
    int page = page();
    readers.retire(new int[] {page}, 1);
    readers.unpin();

    assertThat(readers.pin()).isSameAs(readers);
    readers.unpin();
    assertThat(readers.isIdle()).isTrue();
  }

  private int page() {
    return arena.allocate(PageArena.ABSENT, 1, false).first();
  }

  /** The first free page is given out next, so a page that was freed comes back at once. */
  private boolean isFree(int page) {
    int next = page();
    if (next != page) {
      arena.free(new int[] {next}, 1);
    }
    return next == page;
  }
}
