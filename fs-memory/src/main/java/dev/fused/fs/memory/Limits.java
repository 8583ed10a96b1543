package dev.fused.fs.memory;

/**
 * What the inodes of a store may use together. Reserved before something is made, released when it
 * goes; both at once visible to everybody.
 *
 * <p>An inode without a name and without an open handle <i>lingers</i> until the kernel's FORGET,
 * which comes a moment after unlink(2) has returned. To a user its space is free by then, so it is
 * counted apart from that of the living. Whoever keeps such inodes on purpose (with O_PATH
 * descriptors) finds a bound there too: beyond it they count like living ones.
 */
final class Limits {
  /** Data pages, of {@link PageArena#PAGE_SIZE} bytes. */
  final Limit pages;

  /** Inodes, the root included, and one more for each further link of an inode. */
  final Limit inodes;

  /** Bytes on the heap that users fill: extended attributes, long link targets. */
  final Limit metadata;

  private final Limit lingeringPages;
  private final Limit lingeringInodes;

  Limits(long pages, long inodes, long metadata) {
    this.pages = new Limit(pages);
    this.inodes = new Limit(inodes);
    this.metadata = new Limit(metadata);
    this.lingeringPages = new Limit(pages / 2);
    this.lingeringInodes = new Limit(inodes / 2);
  }

  /** Stops counting an inode and its pages as in use. Does nothing if too much lingers already. */
  void startLingering(Inode inode) {
    long pageCount = inode.pageCount();
    if (!lingeringInodes.tryReserve(1)) {
      return;
    }
    if (!lingeringPages.tryReserve(pageCount)) {
      lingeringInodes.release(1);
      return;
    }
    inode.setLingering(true);
    pages.release(pageCount);
    inodes.release(1);
  }

  /** Counts an inode as in use again, if it lingered. */
  void stopLingering(Inode inode) {
    if (inode.isLingering()) {
      inode.setLingering(false);
      long pageCount = inode.pageCount();
      pages.force(pageCount);
      inodes.force(1);
      lingeringPages.release(pageCount);
      lingeringInodes.release(1);
    }
  }

  void releasePages(Inode inode, long count) {
    (inode.isLingering() ? lingeringPages : pages).release(count);
  }

  void releaseInode(Inode inode) {
    (inode.isLingering() ? lingeringInodes : inodes).release(1);
  }

  /** Pages that wait for a FORGET. */
  long lingeringPages() {
    return lingeringPages.used();
  }

  /** Inodes that wait for a FORGET. */
  long lingeringInodes() {
    return lingeringInodes.used();
  }
}
