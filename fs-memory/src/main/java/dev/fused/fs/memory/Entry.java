package dev.fused.fs.memory;

import dev.fused.protocol.FileName;
import org.jspecify.annotations.Nullable;

/**
 * A name in a directory: what leads from the directory to the inode, and from the inode back to the
 * directory.
 *
 * <p>Changing name, parent or inode takes the locks of the directory and of the inode; either is
 * enough to read them. {@link #nextLink} is guarded by the inode's, the rest by the directory's.
 */
final class Entry {
  FileName name;
  Directory parent;
  Inode inode;

  /** Its place in the directory's order. */
  long cookie;

  /** Another name of the same inode. */
  @Nullable Entry nextLink;

  /** The next one with the same hash. */
  @Nullable Entry nextInBucket;

  Entry(FileName name, Directory parent, Inode inode) {
    this.name = name;
    this.parent = parent;
    this.inode = inode;
  }
}
