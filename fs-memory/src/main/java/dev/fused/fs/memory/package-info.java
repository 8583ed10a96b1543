/**
 * A file system in memory that behaves as tmpfs does. Start reading at {@link
 * dev.fused.fs.memory.MemoryFileSystem}, which turns requests into operations of the store, or at
 * {@code InodeStore}, which holds the inodes.
 *
 * <p>All changes of the store happen in three classes: {@code Namespace} (names and inodes), {@code
 * FileData} (bytes) and {@code InodeAttributes} (the rest). {@code LockOrder} has the rules of
 * locking.
 */
@NullMarked
package dev.fused.fs.memory;

import org.jspecify.annotations.NullMarked;
