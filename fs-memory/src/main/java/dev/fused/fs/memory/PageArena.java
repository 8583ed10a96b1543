package dev.fused.fs.memory;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pages that hold the bytes of files, off the heap, in {@link Slab}s of 4 MiB. A slab without a
 * page in use goes back to the system; one such slab is kept for the next write.
 *
 * <p>A page is known by a number: 4 bytes in a file's {@link PageMap}. Numbers that follow each
 * other inside a slab are neighbours in memory. What is in a page that was just allocated is
 * undefined.
 *
 * <p>Any thread. Who reads or writes a page must own it: hold the lock of the file that it belongs
 * to, or a pin of {@link Readers}.
 */
final class PageArena {
  static final int PAGE_SHIFT = 12;
  static final int PAGE_SIZE = 1 << PAGE_SHIFT;

  /** No page has this number. */
  static final int ABSENT = 0;

  /** How many slabs are searched for room for a large file before it gets scattered pages. */
  private static final int SEARCHED_SLABS = 8;

  private static final int FIRST_SLAB = 1;
  private static final int MAX_SLABS = Integer.MAX_VALUE / Slab.PAGES;

  /** By number. Changed under the lock; read without it by those who own a page in the slab. */
  private volatile @Nullable Slab[] slabs = new @Nullable Slab[16];

  /** The slabs with free pages, in a list. */
  private @Nullable Slab firstAvailable;

  private @Nullable Slab lastAvailable;

  /** The one slab that is kept although all of it is free. */
  private @Nullable Slab spare;

  private int openSlabs;
  private boolean isClosed;

  /** All slab numbers below this one are taken. */
  private int lowestNumber = FIRST_SLAB;

  /**
   * Allocates at least one and at most {@code wanted} pages that follow each other.
   *
   * @param after the page that these should follow in memory, or {@link #ABSENT}
   * @param roomy true for a file that is large or grows: it is placed where the following pages are
   *     free too, so that its next pages can be neighbours of these
   * @return null if the system has no memory left
   */
  synchronized @Nullable PageRun allocate(int after, int wanted, boolean roomy) {
    if (after != ABSENT) {
      Slab slab = slab(after);
      int next = after % Slab.PAGES + 1;
      if (slab.isFree(next)) {
        return take(slab, next, wanted);
      }
    }
    if (roomy) {
      Slab slab = firstAvailable;
      for (int i = 0; i < SEARCHED_SLABS && slab != null; i++) {
        int group = slab.firstFreeGroup();
        if (group >= 0) {
          return take(slab, group, wanted);
        }
        slab = slab.next;
      }
    }
    Slab slab = firstAvailable == null ? open() : firstAvailable;
    return slab == null ? null : take(slab, slab.firstFree(), wanted);
  }

  /**
   * Frees the first {@code count} of {@code pages}. Nobody may use them any more. After {@link
   * #close} it does nothing.
   */
  void free(int[] pages, int count) {
    List<Slab> closing = count == 0 ? List.of() : release(pages, count);
    for (Slab slab : closing) {
      slab.close();
    }
  }

  /** The memory of {@code count} neighbouring pages. */
  MemorySegment memory(int page, int count) {
    return slab(page).memory.asSlice(offset(page), (long) count * PAGE_SIZE);
  }

  /** A part of some neighbouring pages, {@code offset} bytes from the start of the first. */
  ByteBuffer buffer(int page, int offset, int length) {
    return slab(page).buffer.slice((int) offset(page) + offset, length);
  }

  /** True if {@code second} lies right after {@code first} in memory. */
  static boolean neighbours(int first, int second) {
    return second == first + 1 && second % Slab.PAGES != 0;
  }

  /** Gives all memory back to the system. Nothing in it may be in use, now or later. */
  synchronized void close() {
    for (Slab slab : slabs) {
      if (slab != null) {
        slab.close();
      }
    }
    isClosed = true;
    openSlabs = 0;
  }

  /** How many slabs hold memory now. */
  synchronized int openSlabs() {
    return openSlabs;
  }

  private static long offset(int page) {
    return (long) (page % Slab.PAGES) << PAGE_SHIFT;
  }

  private Slab slab(int page) {
    Slab slab = slabs[page / Slab.PAGES];
    if (slab == null) {
      throw new IllegalStateException("page " + page + " lies in no slab");
    }
    return slab;
  }

  private PageRun take(Slab slab, int page, int wanted) {
    if (slab == spare) {
      spare = null;
    }
    PageRun run = slab.take(page, wanted);
    if (slab.isFull()) {
      removeAvailable(slab);
    }
    return run;
  }

  private synchronized List<Slab> release(int[] pages, int count) {
    List<Slab> closing = new ArrayList<>(0);
    if (isClosed) {
      return closing;
    }
    for (int i = 0; i < count; i++) {
      Slab slab = slab(pages[i]);
      if (slab.isFull()) {
        addAvailable(slab);
      }
      slab.release(pages[i] % Slab.PAGES);
      if (slab.isEmpty()) {
        if (spare == null) {
          spare = slab;
        } else {
          removeAvailable(slab);
          slabs[slab.number] = null;
          lowestNumber = Math.min(lowestNumber, slab.number);
          openSlabs--;
          closing.add(slab);
        }
      }
    }
    return closing;
  }

  private @Nullable Slab open() {
    @Nullable Slab[] all = slabs;
    int number = lowestNumber;
    while (number < all.length && all[number] != null) {
      number++;
    }
    if (number == MAX_SLABS) {
      return null;
    }
    Slab slab;
    try {
      slab = new Slab(number);
    } catch (OutOfMemoryError noMemory) {
      return null;
    }
    if (number == all.length) {
      all = Arrays.copyOf(all, number * 2);
    }
    all[number] = slab;
    slabs = all;
    lowestNumber = number + 1;
    openSlabs++;
    addAvailable(slab);
    return slab;
  }

  private void addAvailable(Slab slab) {
    slab.previous = lastAvailable;
    if (lastAvailable == null) {
      firstAvailable = slab;
    } else {
      lastAvailable.next = slab;
    }
    lastAvailable = slab;
  }

  private void removeAvailable(Slab slab) {
    if (slab.previous == null) {
      firstAvailable = slab.next;
    } else {
      slab.previous.next = slab.next;
    }
    if (slab.next == null) {
      lastAvailable = slab.previous;
    } else {
      slab.next.previous = slab.previous;
    }
    slab.previous = null;
    slab.next = null;
  }
}
