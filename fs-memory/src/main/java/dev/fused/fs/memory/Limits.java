package dev.fused.fs.memory;

/**
 * What the inodes of a store may use together. Reserved before something is made, released when it
 * goes; both at once visible to everybody.
 */
final class Limits {
  /**
   * Data pages, of {@link PageArena#PAGE_SIZE} bytes; a fragment counts as the page it may become.
   */
  final Limit pages;

  /** Inodes, the root included, and one more for each further link of an inode. */
  final Limit inodes;

  /** Bytes on the heap that users fill: extended attributes, long link targets. */
  final Limit metadata;

  private final HeapGuard heap;

  Limits(long pages, long inodes, long metadata) {
    this.pages = new Limit(pages);
    this.inodes = new Limit(inodes);
    this.metadata = new Limit(metadata);
    this.heap = HeapGuard.forInodes(inodes);
  }

  /** Reserves one of {@link #inodes}, if the heap has room for what it takes. */
  boolean tryReserveInode() {
    return !heap.isFull() && inodes.tryReserve(1);
  }
}
