package dev.fused.fs.memory;

import static dev.fused.fs.memory.PageArena.ABSENT;
import static dev.fused.fs.memory.PageArena.PAGE_SHIFT;
import static dev.fused.fs.memory.PageArena.PAGE_SIZE;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of the regular files of one shard: all changes of them happen here. Pages are allocated
 * by what writes to them; what was never written is a hole, reads as zeros and takes no memory.
 *
 * <p>The caller holds the lock of the file. Offsets and ends are bytes from 0 to 2<sup>63</sup>−1;
 * an end is exclusive.
 */
final class FileData {
  /** What holes are sent from. */
  private static final ByteBuf ZEROS =
      Unpooled.unreleasableBuffer(
          Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(256 * 1024).asReadOnlyBuffer()));

  private static final ByteBuf[] NO_DATA = {};

  /** How many pages the largest file has. */
  private static final long POSITIONS = 1L << (63 - PAGE_SHIFT);

  /** From so many pages on a file is placed where it has room to grow. */
  private static final int ROOMY_PAGES = 16;

  private final PageArena arena;
  private final Limits limits;

  FileData(PageArena arena, Limits limits) {
    this.arena = arena;
    this.limits = limits;
  }

  /**
   * The bytes from {@code offset} on, at most {@code size}, as far as the file has them. They are
   * the file's own memory: later writes show in them, but until they are released it is used for
   * nothing else.
   */
  ByteBuf[] read(RegularFile file, long offset, int size) {
    long end = offset + Math.min(size, file.size() - offset);
    if (offset < 0 || offset >= end) {
      return NO_DATA;
    }
    List<ByteBuf> pieces = new ArrayList<>(1);
    for (long at = offset; at < end; ) {
      long runEnd = runEnd(file, at, end);
      PageMap pages = file.pages();
      int page = pages == null ? ABSENT : pages.get(at >>> PAGE_SHIFT);
      if (pages == null || page == ABSENT) {
        runEnd = at + Math.min(runEnd - at, ZEROS.capacity());
        pieces.add(ZEROS.slice(0, (int) (runEnd - at)));
      } else {
        pages.readers = (pages.readers == null ? new Readers(arena) : pages.readers).pin();
        ByteBuffer memory = arena.buffer(page, inPage(at), (int) (runEnd - at));
        pieces.add(new PageBuffer(memory, pages.readers));
      }
      at = runEnd;
    }
    return pieces.toArray(NO_DATA);
  }

  /**
   * Writes all of {@code source}, or as much from its start as there is room for.
   *
   * @return how many bytes were written, 0 if the store is full
   */
  int write(RegularFile file, long offset, MemorySegment source) {
    if (source.byteSize() == 0) {
      return 0;
    }
    long end = ensurePages(file, offset, offset + source.byteSize());
    for (long at = offset; at < end; ) {
      long runEnd = runEnd(file, at, end);
      MemorySegment.copy(source, at - offset, memory(file, at, runEnd), 0, runEnd - at);
      at = runEnd;
    }
    if (end > offset) {
      file.setSize(Math.max(file.size(), end));
    }
    return (int) (end - offset);
  }

  /** Makes the file shorter or longer; what is new is a hole. */
  void resize(RegularFile file, long size) {
    if (size == 0) {
      dropAll(file);
    } else if (size <= file.size()) {
      discard(file, size, Long.MAX_VALUE);
    }
    file.setSize(size);
  }

  /** Makes a hole of {@code [from, to)}. Does not change the size. */
  void discard(RegularFile file, long from, long to) {
    long first = (from + PAGE_SIZE - 1) >>> PAGE_SHIFT;
    long end = to == Long.MAX_VALUE ? POSITIONS : to >>> PAGE_SHIFT;
    if (first > end) {
      zeroPresent(file, from, to);
    } else {
      zeroPresent(file, from, start(first));
      zeroPresent(file, start(end), to);
      drop(file, first, end);
    }
  }

  /**
   * Gives {@code [from, to)} pages, so that later writes there cannot fail. Does not change the
   * size, nor bytes.
   *
   * @return false, having changed nothing, if there is not enough room
   */
  boolean allocate(RegularFile file, long from, long to) {
    long first = from >>> PAGE_SHIFT;
    long end = last(to) + 1;
    PageMap pages = file.pagesForWriting();
    long missing = end - first;
    for (long at = pages.nextPresent(first); at >= 0 && at < end; at = pages.nextPresent(at + 1)) {
      missing--;
    }
    if (!limits.pages.tryReserve(missing)) {
      file.trim();
      return false;
    }
    for (long at = pages.nextAbsent(first, end); at < end; at = pages.nextAbsent(at, end)) {
      long count = pages.runEnd(at, end) - at;
      long placed = place(pages, at, count, 0, 0);
      missing -= placed;
      if (placed < count) {
        limits.pages.release(missing);
        return false;
      }
    }
    return true;
  }

  /** Fills {@code [from, to)} with zeros, in place where there are pages. */
  void zeroPresent(RegularFile file, long from, long to) {
    PageMap pages = file.pages();
    if (pages == null || from >= to) {
      return;
    }
    for (long position = pages.nextPresent(from >>> PAGE_SHIFT);
        position >= 0 && position <= last(to);
        position = pages.nextPresent(position + 1)) {
      long first = Math.max(from, start(position));
      memory(file, first, Math.min(to, start(position + 1))).fill((byte) 0);
    }
  }

  /** The first byte from {@code offset} on that is no hole, or -1 if there is none. */
  long seekData(RegularFile file, long offset) {
    PageMap pages = file.pages();
    if (pages == null || offset < 0 || offset >= file.size()) {
      return -1;
    }
    long position = pages.nextPresent(offset >>> PAGE_SHIFT);
    long found = position < 0 ? Long.MAX_VALUE : Math.max(offset, start(position));
    return found >= file.size() ? -1 : found;
  }

  /** The first byte from {@code offset} on that is in a hole or the end, or -1 if beyond that. */
  long seekHole(RegularFile file, long offset) {
    if (offset < 0 || offset >= file.size()) {
      return -1;
    }
    PageMap pages = file.pages();
    if (pages == null) {
      return offset;
    }
    long position = pages.nextAbsent(offset >>> PAGE_SHIFT, last(file.size()) + 1);
    return Math.min(file.size(), Math.max(offset, start(position)));
  }

  /**
   * Copies bytes of a file, which may be of another shard, over those of {@code target}; holes
   * become holes. Both files are locked; ranges in one file do not overlap.
   *
   * @param from the first byte in {@code source}; all bytes up to {@code end} lie inside it
   * @param offset where the first byte goes
   * @return how many bytes were copied: less than asked for if the store is full
   */
  long copy(
      RegularFile source,
      FileData sourceData,
      long from,
      long end,
      RegularFile target,
      long offset) {
    for (long at = from; at < end; ) {
      long runEnd = sourceData.runEnd(source, at, end);
      long to = offset + (at - from);
      if (isHole(source, at)) {
        discard(target, to, to + (runEnd - at));
        target.setSize(Math.max(target.size(), to + (runEnd - at)));
      } else {
        MemorySegment bytes = sourceData.memory(source, at, runEnd);
        int written = write(target, to, bytes);
        if (written < bytes.byteSize()) {
          return at + written - from;
        }
      }
      at = runEnd;
    }
    return end - from;
  }

  private static boolean isHole(RegularFile file, long offset) {
    PageMap pages = file.pages();
    return pages == null || pages.get(offset >>> PAGE_SHIFT) == ABSENT;
  }

  /** Where the neighbouring memory, or the hole, that {@code offset} lies in ends. */
  private long runEnd(RegularFile file, long offset, long end) {
    PageMap pages = file.pages();
    if (pages == null) {
      return end;
    }
    return Math.min(end, start(pages.runEnd(offset >>> PAGE_SHIFT, last(end) + 1)));
  }

  /** The memory of a range that lies in one run of pages. */
  private MemorySegment memory(RegularFile file, long from, long to) {
    PageMap pages = file.pagesForWriting();
    long first = from >>> PAGE_SHIFT;
    int count = (int) (last(to) - first) + 1;
    return arena.memory(pages.get(first), count).asSlice(inPage(from), to - from);
  }

  /**
   * Gives {@code [from, to)} pages as far as there is room. What lies outside of the range on new
   * pages is zero, what lies inside is undefined.
   *
   * @return up to where there are pages; {@code from} if not even the first could be had
   */
  private long ensurePages(RegularFile file, long from, long to) {
    PageMap pages = file.pagesForWriting();
    long end = last(to) + 1;
    for (long at = pages.nextAbsent(from >>> PAGE_SHIFT, end);
        at < end;
        at = pages.nextAbsent(at, end)) {
      long missing = pages.runEnd(at, end) - at;
      long granted = limits.pages.reserveUpTo(missing);
      long placed = place(pages, at, granted, from, to);
      if (placed < missing) {
        limits.pages.release(granted - placed);
        file.trim();
        return Math.max(from, start(at + placed));
      }
    }
    return to;
  }

  /**
   * Puts new pages at {@code count} positions that have none. Pages that do not lie in {@code
   * [from, to)} as a whole are filled with zeros.
   *
   * @return how many there are: less if the system has no memory
   */
  private long place(PageMap pages, long position, long count, long from, long to) {
    boolean roomy = pages.count() + count >= ROOMY_PAGES;
    long placed = 0;
    while (placed < count) {
      long at = position + placed;
      int after = at == 0 ? ABSENT : pages.get(at - 1);
      PageRun run = arena.allocate(after, (int) Math.min(count - placed, Slab.PAGES), roomy);
      if (run == null) {
        break;
      }
      for (int i = 0; i < run.count(); i++) {
        int page = run.first() + i;
        long start = start(at + i);
        if (start < from || to - start < PAGE_SIZE) {
          arena.memory(page, 1).fill((byte) 0);
        }
        pages.put(at + i, page);
      }
      placed += run.count();
    }
    return placed;
  }

  /** Frees the pages from position {@code first} up to but without {@code end}. */
  private void drop(RegularFile file, long first, long end) {
    PageMap pages = file.pages();
    if (pages != null) {
      limits.pages.release(free(pages, first, end));
      file.trim();
    }
  }

  /**
   * Frees all pages. The space can be used again at once; if it is much, the memory follows on a
   * thread of its own, because giving a slab back takes a fraction of a millisecond.
   */
  private void dropAll(RegularFile file) {
    PageMap pages = file.takePages();
    if (pages == null) {
      return;
    }
    limits.pages.release(pages.count());
    if (pages.count() <= Slab.PAGES) {
      free(pages, 0, POSITIONS);
    } else {
      Thread.startVirtualThread(() -> free(pages, 0, POSITIONS));
    }
  }

  private long free(PageMap pages, long first, long end) {
    int[] removed = new int[Math.min(pages.count(), Slab.PAGES)];
    long freed = 0;
    int count = pages.remove(first, end, removed);
    while (count > 0) {
      if (pages.readers == null || !pages.readers.retire(removed, count)) {
        arena.free(removed, count);
      }
      freed += count;
      count = pages.remove(first, end, removed);
    }
    return freed;
  }

  private static int inPage(long offset) {
    return (int) offset & PAGE_SIZE - 1;
  }

  /** The position of the page before {@code end}. */
  private static long last(long end) {
    return (end - 1) >>> PAGE_SHIFT;
  }

  /** The first byte of a page of a file; past the last page, the end of the largest file. */
  private static long start(long position) {
    return position == POSITIONS ? Long.MAX_VALUE : position << PAGE_SHIFT;
  }
}
