package dev.fused.fs.memory;

import static dev.fused.fs.memory.PageArena.ABSENT;
import static dev.fused.fs.memory.PageArena.PAGE_SHIFT;
import static dev.fused.fs.memory.PageArena.PAGE_SIZE;

import org.jspecify.annotations.Nullable;

/**
 * Memory for the first page of a file, of which a small file takes only a part: a <i>fragment</i>
 * of 64, 128, 256, 512, 1024 or 2048 bytes. Fragments are cut from pages of a {@link PageArena}, a
 * page into equal ones; a page whose fragments are all free goes back to it at once.
 *
 * <p>A fragment is known by a negative number, and can stand where the number of a page can. The
 * number says all about it: page and node, where node 1 is the page, nodes 2 and 3 are its halves,
 * 4 to 7 its quarters, and so on to 127. So who owns a fragment finds its memory without a lock.
 *
 * <p>Any thread. Pages are taken from and given back to the page arena without this one's lock
 * held.
 */
final class FragmentArena {
  /** The largest fragment: what needs more gets a page. */
  static final int LARGEST = PAGE_SIZE / 2;

  private static final int SMALLEST = 64;
  private static final int LEVELS = levelFor(SMALLEST) + 1;
  private static final int NODE_BITS = LEVELS;

  /** Pages with larger numbers are not cut, as those of their fragments would not be an int. */
  private static final int MAX_PAGE = (1 << (31 - NODE_BITS)) - 1;

  private final PageArena pages;
  private final int maxPage;

  /** All pages that are cut. */
  private final RadixTree<CutPage> cutPages = new RadixTree<>();

  /** The cut pages with free fragments: a list for each level. */
  private final @Nullable CutPage[] available = new @Nullable CutPage[LEVELS];

  private static final class CutPage {
    final int page;

    /** A bit for each fragment, from the lowest. */
    long free;

    @Nullable CutPage previous;
    @Nullable CutPage next;

    CutPage(int page, long free) {
      this.page = page;
      this.free = free;
    }
  }

  FragmentArena(PageArena pages) {
    this(pages, MAX_PAGE);
  }

  /**
   * @param maxPage the largest page that is cut
   */
  FragmentArena(PageArena pages, int maxPage) {
    this.pages = pages;
    this.maxPage = maxPage;
  }

  /**
   * Allocates memory for {@code size} bytes, 1 to {@link PageArena#PAGE_SIZE}. What is in it is
   * undefined.
   *
   * @return the smallest fragment that is large enough, or a page if none is or the page cannot be
   *     cut; {@link PageArena#ABSENT} if the system has no memory left
   */
  int allocate(int size) {
    int level = levelFor(size);
    int fragment = level == 0 ? ABSENT : takeAvailable(level);
    if (fragment != ABSENT) {
      return fragment;
    }
    PageRun run = pages.allocate(ABSENT, 1, false);
    if (run == null) {
      return ABSENT;
    }
    int page = run.first();
    return level == 0 || page > maxPage ? page : cut(page, level);
  }

  /**
   * Frees the first {@code count} of {@code numbers}, of pages and of fragments; the array is used
   * up. Nobody may use them any more.
   */
  void free(int[] numbers, int count) {
    int pageCount = 0;
    for (int i = 0; i < count; i++) {
      int page = isFragment(numbers[i]) ? release(numbers[i]) : numbers[i];
      if (page != ABSENT) {
        numbers[pageCount++] = page;
      }
    }
    pages.free(numbers, pageCount);
  }

  /**
   * True for the number of a fragment; false for that of a page, and for {@link PageArena#ABSENT}.
   */
  static boolean isFragment(int number) {
    return number < 0;
  }

  /** How many bytes a page or a fragment has. */
  static int size(int number) {
    return isFragment(number) ? PAGE_SIZE >>> level(number) : PAGE_SIZE;
  }

  /** The page that a fragment lies in; a page is its own. */
  static int page(int number) {
    return isFragment(number) ? -number >>> NODE_BITS : number;
  }

  /** Where in its page a fragment begins, in bytes: 0 for a page. */
  static int offset(int number) {
    return isFragment(number) ? index(number) * size(number) : 0;
  }

  /** How often a page is halved to give the smallest fragments for {@code size} bytes. */
  private static int levelFor(int size) {
    int sizeBits = Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(size, SMALLEST) - 1);
    return PAGE_SHIFT - sizeBits;
  }

  private static int level(int fragment) {
    return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(node(fragment));
  }

  /** The fragment's place among those of its page, from 0. */
  private static int index(int fragment) {
    return node(fragment) - (1 << level(fragment));
  }

  private static int node(int fragment) {
    return -fragment & (1 << NODE_BITS) - 1;
  }

  private static long allFree(int level) {
    return -1L >>> (Long.SIZE - (1 << level));
  }

  private synchronized int takeAvailable(int level) {
    CutPage cutPage = available[level];
    return cutPage == null ? ABSENT : take(cutPage, level);
  }

  private synchronized int cut(int page, int level) {
    CutPage cutPage = new CutPage(page, allFree(level));
    cutPages.put(page, cutPage);
    addAvailable(cutPage, level);
    return take(cutPage, level);
  }

  private int take(CutPage cutPage, int level) {
    int index = Long.numberOfTrailingZeros(cutPage.free);
    cutPage.free &= ~(1L << index);
    if (cutPage.free == 0) {
      removeAvailable(cutPage, level);
    }
    return -(cutPage.page << NODE_BITS | 1 << level | index);
  }

  /** Returns the page if that was its last fragment in use, or {@link PageArena#ABSENT}. */
  private synchronized int release(int fragment) {
    int page = page(fragment);
    int level = level(fragment);
    long bit = 1L << index(fragment);
    CutPage cutPage = cutPages.get(page);
    if (cutPage == null || (cutPage.free & bit) != 0) {
      throw new IllegalStateException("fragment " + fragment + " is free already");
    }
    if (cutPage.free == 0) {
      addAvailable(cutPage, level);
    }
    cutPage.free |= bit;
    if (cutPage.free != allFree(level)) {
      return ABSENT;
    }
    removeAvailable(cutPage, level);
    cutPages.remove(page);
    return page;
  }

  private void addAvailable(CutPage cutPage, int level) {
    CutPage first = available[level];
    cutPage.next = first;
    if (first != null) {
      first.previous = cutPage;
    }
    available[level] = cutPage;
  }

  private void removeAvailable(CutPage cutPage, int level) {
    if (cutPage.previous == null) {
      available[level] = cutPage.next;
    } else {
      cutPage.previous.next = cutPage.next;
    }
    if (cutPage.next != null) {
      cutPage.next.previous = cutPage.previous;
    }
    cutPage.previous = null;
    cutPage.next = null;
  }
}
