package dev.fused.fs.memory;

/**
 * What a memory file system holds: for tests that nothing stays behind. In the package of the file
 * system, whose insides it counts.
 *
 * @param inodes the root included, and one for each further link
 * @param pages of data
 * @param metadata bytes of extended attributes and link targets
 * @param orphans inodes without a name
 * @param scans open directories
 * @param locks locks that are held
 * @param lockedInodes whether any inode has a lock or somebody who waits for one
 */
public record MemoryFootprint(
    long inodes,
    long pages,
    long metadata,
    long orphans,
    int scans,
    int locks,
    boolean lockedInodes) {
  public static MemoryFootprint of(MemoryFileSystem fileSystem) {
    Limits limits = fileSystem.store.limits;
    return new MemoryFootprint(
        limits.inodes.used(),
        limits.pages.used(),
        limits.metadata.used(),
        fileSystem.store.orphans.count(),
        fileSystem.scans.openCount(),
        fileSystem.locks.held(),
        !fileSystem.locks.isEmpty());
  }
}
