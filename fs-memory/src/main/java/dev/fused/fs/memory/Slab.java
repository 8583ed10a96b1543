package dev.fused.fs.memory;

import dev.fused.fs.memory.kernel.AnonymousMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A block of off-heap memory that is cut into pages. Belongs to a {@link PageArena}, whose lock
 * guards the book-keeping; the memory itself is read and written under the locks of the files.
 */
final class Slab {
  /** Pages of a slab: 4 MiB of memory. */
  static final int PAGES = 1024;

  private static final int WORDS = PAGES / Long.SIZE;

  final int number;
  final MemorySegment memory;

  /** {@link #memory} once more, for Netty. */
  final ByteBuffer buffer;

  private final Arena arena = Arena.ofShared();
  private final long[] free = new long[WORDS];
  private int freeCount = PAGES;

  /** Neighbours in the arena's list of slabs with free pages. */
  @Nullable Slab previous;

  @Nullable Slab next;

  /**
   * Takes memory from the system.
   *
   * @throws OutOfMemoryError if there is none
   */
  Slab(int number) {
    this.number = number;
    memory = AnonymousMemory.map(arena, (long) PAGES * PageArena.PAGE_SIZE);
    buffer = memory.asByteBuffer();
    Arrays.fill(free, -1L);
  }

  /** Gives the memory back. No page may be in use, no buffer over it alive. */
  void close() {
    arena.close();
  }

  boolean isFull() {
    return freeCount == 0;
  }

  boolean isEmpty() {
    return freeCount == PAGES;
  }

  boolean isFree(int page) {
    return page < PAGES && (free[page / Long.SIZE] >>> page & 1) != 0;
  }

  /** The first free page, or -1. */
  int firstFree() {
    for (int word = 0; word < WORDS; word++) {
      if (free[word] != 0) {
        return word * Long.SIZE + Long.numberOfTrailingZeros(free[word]);
      }
    }
    return -1;
  }

  /** The first page of 64 free ones, or -1. */
  int firstFreeGroup() {
    for (int word = 0; word < WORDS; word++) {
      if (free[word] == -1L) {
        return word * Long.SIZE;
      }
    }
    return -1;
  }

  /** Takes {@code page}, which is free, and the free ones right after it. */
  PageRun take(int page, int wanted) {
    int count = 0;
    while (count < wanted && isFree(page + count)) {
      int taken = page + count;
      free[taken / Long.SIZE] &= ~(1L << taken);
      count++;
    }
    freeCount -= count;
    return new PageRun(number * PAGES + page, count);
  }

  void release(int page) {
    if (isFree(page)) {
      throw new IllegalStateException("page " + page + " of slab " + number + " is free already");
    }
    free[page / Long.SIZE] |= 1L << page;
    freeCount++;
  }
}
