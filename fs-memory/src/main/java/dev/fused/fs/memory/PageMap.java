package dev.fused.fs.memory;

import static dev.fused.fs.memory.PageArena.ABSENT;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which page of memory holds which page of a file: 4 bytes for each page that is there, and next to
 * nothing for holes, wherever they are. At position 0 it may be a fragment of a page. Positions
 * count pages of the file, from 0 to 2<sup>51</sup>−1. The file's lock guards it.
 *
 * <p>Most files are small, and there may be millions: those with one page have this object only.
 */
final class PageMap implements Contents {
  private static final int CHUNK_BITS = 4;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final int CHUNK_MASK = CHUNK - 1;
  private static final int[] NOTHING = {};
  private static final long NONE = -1;

  /** What is at position 0. */
  private int first = ABSENT;

  /** The first chunk, only as long as it must be; nothing is at position 0 of it. */
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

  @Override
  public long pageCount() {
    return count;
  }

  /** The page of memory at {@code position}, or {@link PageArena#ABSENT}. */
  int get(long position) {
    if (position == 0) {
      return first;
    }
    int[] chunk = chunk(position >>> CHUNK_BITS);
    int slot = slot(position);
    return chunk == null || slot >= chunk.length ? ABSENT : chunk[slot];
  }

  /** Puts a page of memory where none was. */
  void put(long position, int page) {
    count++;
    if (position == 0) {
      first = page;
      return;
    }
    long number = position >>> CHUNK_BITS;
    int slot = slot(position);
    int[] chunk;
    if (number == 0) {
      if (slot >= head.length) {
        head = Arrays.copyOf(head, Integer.highestOneBit(slot * 2));
      }
      chunk = head;
    } else {
      chunk = tailChunk(number);
    }
    chunk[slot] = page;
  }

  /** Puts other memory at position 0, where some is. */
  void replaceFirst(int page) {
    first = page;
  }

  /**
   * Takes pages of memory from positions {@code [from, end)} out of the file, as many as {@code
   * into} has room for.
   *
   * @return how many were taken, 0 if there are none left
   */
  int remove(long from, long end, int[] into) {
    int taken = 0;
    if (from == 0 && end > 0 && first != ABSENT && into.length > 0) {
      into[taken++] = first;
      first = ABSENT;
    }
    long position = nextPresent(Math.max(from, 1));
    while (position != NONE && position < end && taken < into.length) {
      long number = position >>> CHUNK_BITS;
      int[] chunk = Objects.requireNonNull(chunk(number));
      long chunkEnd = Math.min(end, (number + 1) << CHUNK_BITS);
      for (; position < chunkEnd && slot(position) < chunk.length; position++) {
        int page = chunk[slot(position)];
        if (page != ABSENT) {
          if (taken == into.length) {
            break;
          }
          into[taken++] = page;
          chunk[slot(position)] = ABSENT;
        }
      }
      dropIfEmpty(number, chunk);
      position = nextPresent(position);
    }
    count -= taken;
    return taken;
  }

  /** The first position from {@code from} on with a page, or -1. */
  long nextPresent(long from) {
    if (from == 0 && first != ABSENT) {
      return 0;
    }
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

  /** The first position from {@code from} on without a page, but not beyond {@code limit}. */
  long nextAbsent(long from, long limit) {
    long position = from == 0 && first != ABSENT ? 1 : from;
    while (position < limit) {
      int[] chunk = chunk(position >>> CHUNK_BITS);
      for (int slot = slot(position); slot < CHUNK; slot++, position++) {
        if (chunk == null || slot >= chunk.length || chunk[slot] == ABSENT) {
          return Math.min(position, limit);
        }
      }
    }
    return limit;
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

  private void dropIfEmpty(long number, int[] chunk) {
    for (int page : chunk) {
      if (page != ABSENT) {
        return;
      }
    }
    if (number == 0) {
      head = NOTHING;
    } else if (tail != null) {
      tail.remove(number);
      if (tail.isEmpty()) {
        tail = null;
      }
    }
  }
}
