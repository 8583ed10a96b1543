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
 * The bytes of the regular files of one shard, in pages of this process. They are allocated by what
 * writes to them; what was never written is a hole, reads as zeros and takes no memory.
 *
 * <p>As long as nothing in the first page of a file was written beyond {@link
 * FragmentArena#LARGEST}, it may be a fragment. It counts as a page everywhere, and what lies
 * behind the fragment reads as zeros; what is written there moves the bytes to a larger fragment or
 * a page.
 *
 * <p>The caller holds the lock of the file. Offsets and ends are bytes from 0 to 2<sup>63</sup>−1;
 * an end is exclusive.
 */
final class FileData implements FileContents {
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
  private final FragmentArena fragments;
  private final Limits limits;

  FileData(PageArena arena, Limits limits) {
    this.arena = arena;
    this.limits = limits;
    fragments = new FragmentArena(arena);
  }

  @Override
  public int opened(RegularFile file, int openFlags) {
    return 0;
  }

  @Override
  public void closed(RegularFile file) {
    file.trim();
  }

  @Override
  public void free(RegularFile file) {
    resize(file, 0);
  }

  /**
   * The bytes are the file's own memory: later writes show in them, but until they are released it
   * is used for nothing else.
   */
  @Override
  public ByteBuf[] read(RegularFile file, long offset, int size) {
    long end = offset + Math.min(size, file.size() - offset);
    if (offset < 0 || offset >= end) {
      return NO_DATA;
    }
    List<ByteBuf> pieces = new ArrayList<>(1);
    for (long at = offset; at < end; ) {
      long runEnd = runEnd(file, at, end);
      PageMap pages = file.pages();
      if (pages == null || isHole(file, at)) {
        runEnd = at + Math.min(runEnd - at, ZEROS.capacity());
        pieces.add(ZEROS.slice(0, (int) (runEnd - at)));
      } else {
        pages.readers = (pages.readers == null ? new Readers(fragments) : pages.readers).pin();
        int number = pages.get(at >>> PAGE_SHIFT);
        int start = FragmentArena.offset(number) + inPage(at);
        int length = (int) (runEnd - at);
        ByteBuffer memory = arena.buffer(FragmentArena.page(number), start, length);
        pieces.add(new PageBuffer(memory, pages.readers));
      }
      at = runEnd;
    }
    return pieces.toArray(NO_DATA);
  }

  @Override
  public int write(RegularFile file, long offset, MemorySegment source) {
    if (source.byteSize() == 0) {
      return 0;
    }
    long end = ensurePages(file, offset, offset + source.byteSize());
    overwrite(file, offset, end, source);
    return (int) (end - offset);
  }

  @Override
  public void resize(RegularFile file, long size) {
    if (size == 0) {
      dropAll(file);
    } else if (size <= file.size()) {
      discard(file, size, Long.MAX_VALUE);
    }
    file.setSize(size);
  }

  @Override
  public void discard(RegularFile file, long from, long to) {
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

  @Override
  public boolean allocate(RegularFile file, long from, long to) {
    long first = from >>> PAGE_SHIFT;
    long end = last(to) + 1;
    PageMap pages = file.pagesForWriting();
    if (!enlargeFragment(pages, from, to)) {
      return false;
    }
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
      long placed = place(pages, at, count, to);
      zeroPresent(file, start(at), start(at + placed));
      missing -= placed;
      if (placed < count) {
        limits.pages.release(missing);
        return false;
      }
    }
    return true;
  }

  @Override
  public void zeroPresent(RegularFile file, long from, long to) {
    PageMap pages = file.pages();
    if (pages == null || from >= to) {
      return;
    }
    for (long position = pages.nextPresent(from >>> PAGE_SHIFT);
        position >= 0 && position <= last(to);
        position = pages.nextPresent(position + 1)) {
      long first = Math.max(from, start(position));
      long end = Math.min(to, runEnd(file, start(position), start(position + 1)));
      if (first < end) {
        memory(file, first, end).fill((byte) 0);
      }
    }
  }

  @Override
  public long seekData(RegularFile file, long offset) {
    PageMap pages = file.pages();
    if (pages == null || offset < 0 || offset >= file.size()) {
      return -1;
    }
    long position = pages.nextPresent(offset >>> PAGE_SHIFT);
    long found = position < 0 ? Long.MAX_VALUE : Math.max(offset, start(position));
    return found >= file.size() ? -1 : found;
  }

  @Override
  public long seekHole(RegularFile file, long offset) {
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
   * Copies bytes of a file, which may be of another shard; holes become holes. All contents of a
   * store are of one kind.
   */
  @Override
  public long copy(
      RegularFile source,
      FileContents sourceContents,
      long from,
      long end,
      RegularFile target,
      long offset) {
    for (long at = from; at < end; ) {
      long runEnd = runEnd(source, at, end);
      long to = offset + (at - from);
      if (isHole(source, at)) {
        discard(target, to, to + (runEnd - at));
        target.setSize(Math.max(target.size(), to + (runEnd - at)));
      } else {
        long toEnd = ensurePages(target, to, to + (runEnd - at));
        if (toEnd > to) {
          // Asked for only now: if both are one file, its first bytes may have been moved.
          FileData sourceData = (FileData) sourceContents;
          overwrite(target, to, toEnd, sourceData.memory(source, at, at + (toEnd - to)));
        }
        if (toEnd - to < runEnd - at) {
          return toEnd - offset;
        }
      }
      at = runEnd;
    }
    return end - from;
  }

  /** True if there is no memory for a byte: it is zero. */
  private static boolean isHole(RegularFile file, long offset) {
    PageMap pages = file.pages();
    int number = pages == null ? ABSENT : pages.get(offset >>> PAGE_SHIFT);
    return number == ABSENT || inPage(offset) >= FragmentArena.size(number);
  }

  /** Where the neighbouring memory, or part of a hole, that {@code offset} lies in ends. */
  private static long runEnd(RegularFile file, long offset, long end) {
    PageMap pages = file.pages();
    if (pages == null) {
      return end;
    }
    if (offset < PAGE_SIZE && FragmentArena.isFragment(pages.get(0))) {
      int size = FragmentArena.size(pages.get(0));
      return Math.min(end, offset < size ? size : PAGE_SIZE);
    }
    return Math.min(end, start(pages.runEnd(offset >>> PAGE_SHIFT, last(end) + 1)));
  }

  /** The memory of a range that lies in one run of pages. */
  private MemorySegment memory(RegularFile file, long from, long to) {
    PageMap pages = file.pagesForWriting();
    long first = from >>> PAGE_SHIFT;
    int count = (int) (last(to) - first) + 1;
    return memory(pages.get(first), count).asSlice(inPage(from), to - from);
  }

  /** A fragment, or {@code count} neighbouring pages. */
  private MemorySegment memory(int number, int count) {
    MemorySegment pages = arena.memory(FragmentArena.page(number), count);
    return pages.asSlice(FragmentArena.offset(number), (long) FragmentArena.size(number) * count);
  }

  /** Copies {@code source}, or its start, over {@code [from, to)}, where there are pages. */
  private void overwrite(RegularFile file, long from, long to, MemorySegment source) {
    for (long at = from; at < to; ) {
      long runEnd = runEnd(file, at, to);
      MemorySegment.copy(source, at - from, memory(file, at, runEnd), 0, runEnd - at);
      at = runEnd;
    }
    if (from < to) {
      file.setSize(Math.max(file.size(), to));
    }
  }

  /**
   * Gives {@code [from, to)} pages as far as there is room. What lies outside of the range on new
   * pages is zero, what lies inside is undefined.
   *
   * @return up to where there are pages; {@code from} if not even the first could be had
   */
  private long ensurePages(RegularFile file, long from, long to) {
    PageMap pages = file.pagesForWriting();
    if (!enlargeFragment(pages, from, to)) {
      return Math.max(from, FragmentArena.size(pages.get(0)));
    }
    long end = last(to) + 1;
    for (long at = pages.nextAbsent(from >>> PAGE_SHIFT, end);
        at < end;
        at = pages.nextAbsent(at, end)) {
      long missing = pages.runEnd(at, end) - at;
      long granted = limits.pages.reserveUpTo(missing);
      long placed = place(pages, at, granted, to);
      zeroPresent(file, start(at), Math.min(from, start(at + placed)));
      zeroPresent(file, Math.max(to, start(at)), start(at + placed));
      if (placed < missing) {
        limits.pages.release(granted - placed);
        file.trim();
        return Math.max(from, start(at + placed));
      }
    }
    return to;
  }

  /**
   * Puts new pages at {@code count} positions that have none, for bytes up to {@code to}. What is
   * in them is undefined.
   *
   * @return how many there are: less if the system has no memory
   */
  private long place(PageMap pages, long position, long count, long to) {
    boolean roomy = pages.count() + count >= ROOMY_PAGES;
    long placed = 0;
    while (placed < count) {
      long at = position + placed;
      if (at == 0 && to <= FragmentArena.LARGEST) {
        int fragment = fragments.allocate((int) to);
        if (fragment == ABSENT) {
          break;
        }
        pages.put(0, fragment);
        return 1;
      }
      int after = at == 0 ? ABSENT : FragmentArena.page(pages.get(at - 1));
      PageRun run = arena.allocate(after, (int) Math.min(count - placed, Slab.PAGES), roomy);
      if (run == null) {
        break;
      }
      for (int i = 0; i < run.count(); i++) {
        pages.put(at + i, run.first() + i);
      }
      placed += run.count();
    }
    return placed;
  }

  /**
   * Makes room for {@code [from, to)} if that begins in a first page which is a fragment and too
   * small: moves the bytes to a larger one, or to a page.
   *
   * @return false, having changed nothing, if the system has no memory
   */
  private boolean enlargeFragment(PageMap pages, long from, long to) {
    int fragment = pages.get(0);
    int needed = (int) Math.min(to, PAGE_SIZE);
    if (from >= PAGE_SIZE
        || !FragmentArena.isFragment(fragment)
        || FragmentArena.size(fragment) >= needed) {
      return true;
    }
    int larger = fragments.allocate(needed);
    if (larger == ABSENT) {
      return false;
    }
    MemorySegment bytes = memory(fragment, 1);
    memory(larger, 1).copyFrom(bytes).asSlice(bytes.byteSize()).fill((byte) 0);
    pages.replaceFirst(larger);
    free(pages, new int[] {fragment}, 1);
    return true;
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
      free(pages, removed, count);
      freed += count;
      count = pages.remove(first, end, removed);
    }
    return freed;
  }

  /** Frees memory that is not in the file any more, once no answer refers to it. */
  private void free(PageMap pages, int[] removed, int count) {
    if (pages.readers == null || !pages.readers.retire(removed, count)) {
      fragments.free(removed, count);
    }
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
