package dev.fused.fs.memory;

import static dev.fused.fs.memory.PageArena.ABSENT;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which page of memory holds which page of a file: 4 bytes for each page that is there, and next to
 * nothing for holes, wherever they are. Positions count pages of the file, from 0 to
 * 2<sup>51</sup>−1. The file's lock guards it.
 */
final class PageMap {
  private static final int CHUNK_BITS = 4;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final int CHUNK_MASK = CHUNK - 1;
  private static final int[] NOTHING = {};
  private static final long NONE = -1;

  /** The first chunk, only as long as it must be: all that a small file has. */
  private int[] head = NOTHING;

  /** The other chunks with a page in them, by number. */
  private @Nullable RadixTree<int[]> tail;

  private int count;

  /** Those who still send pages of this file; null as long as there was none. */
  @Nullable Readers readers;

  /** How many pages of memory are in use. */
  int count() {
    return count;
  }

  /** The page of memory at {@code position}, or {@link PageArena#ABSENT}. */
  int get(long position) {
    int[] chunk = chunk(position >>> CHUNK_BITS);
    int slot = slot(position);
    return chunk == null || slot >= chunk.length ? ABSENT : chunk[slot];
  }

  /** Puts a page of memory where none was. */
  void put(long position, int page) {
    long number = position >>> CHUNK_BITS;
    int slot = slot(position);
    int[] chunk;
    if (number == 0) {
      if (slot >= head.length) {
        head = Arrays.copyOf(head, Integer.highestOneBit(Math.max(slot * 2, 1)));
      }
      chunk = head;
    } else {
      chunk = tailChunk(number);
    }
    chunk[slot] = page;
    count++;
  }

  /** Takes the page of memory at {@code position}, which is there, out of the file. */
  int remove(long position) {
    long number = position >>> CHUNK_BITS;
    int[] chunk = chunk(number);
    int slot = slot(position);
    if (chunk == null || slot >= chunk.length || chunk[slot] == ABSENT) {
      throw new IllegalStateException("the file has no page at position " + position);
    }
    int page = chunk[slot];
    chunk[slot] = ABSENT;
    count--;
    if (isEmpty(chunk)) {
      if (number == 0) {
        head = NOTHING;
      } else if (tail != null) {
        tail.remove(number);
        if (tail.isEmpty()) {
          tail = null;
        }
      }
    }
    return page;
  }

  /** The first position from {@code from} on with a page, or -1. */
  long nextPresent(long from) {
    long number = from >>> CHUNK_BITS;
    int slot = slot(from);
    while (number != NONE) {
      int[] chunk = chunk(number);
      for (int i = slot; chunk != null && i < chunk.length; i++) {
        if (chunk[i] != ABSENT) {
          return (number << CHUNK_BITS) + i;
        }
      }
      number = tail == null ? NONE : tail.ceiling(number + 1);
      slot = 0;
    }
    return NONE;
  }

  /** The first position from {@code from} on without a page. */
  long nextAbsent(long from) {
    for (long number = from >>> CHUNK_BITS, slot = slot(from); ; number++, slot = 0) {
      int[] chunk = chunk(number);
      for (int i = (int) slot; i < CHUNK; i++) {
        if (chunk == null || i >= chunk.length || chunk[i] == ABSENT) {
          return (number << CHUNK_BITS) + i;
        }
      }
    }
  }

  /**
   * Where the run that begins at {@code position} ends: the pages after it that are its neighbours
   * in memory too, or, if it is a hole, all of the hole.
   *
   * @param limit the largest answer
   */
  long runEnd(long position, long limit) {
    int page = get(position);
    if (page == ABSENT) {
      long next = nextPresent(position);
      return next == NONE ? limit : Math.min(next, limit);
    }
    long end = position + 1;
    while (end < limit) {
      int following = get(end);
      if (!PageArena.neighbours(page, following)) {
        break;
      }
      page = following;
      end++;
    }
    return end;
  }

  private int @Nullable [] chunk(long number) {
    if (number == 0) {
      return head;
    }
    return tail == null ? null : tail.get(number);
  }

  private int[] tailChunk(long number) {
    if (tail == null) {
      tail = new RadixTree<>();
    }
    int[] chunk = tail.get(number);
    if (chunk == null) {
      chunk = new int[CHUNK];
      tail.put(number, chunk);
    }
    return chunk;
  }

  private static int slot(long position) {
    return (int) position & CHUNK_MASK;
  }

  private static boolean isEmpty(int[] chunk) {
    for (int page : chunk) {
      if (page != ABSENT) {
        return false;
      }
    }
    return true;
  }
}
