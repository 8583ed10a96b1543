package dev.fused.filesystem.lock;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.request.LockIn;

/**
 * A lock that somebody holds or wants.
 *
 * @param start first byte, 0 or more
 * @param end last byte, inclusive, not before {@code start}; {@link FileLock#TO_END_OF_FILE} for no
 *     end
 * @param type {@link FileLock#READ}, {@link FileLock#WRITE}, or {@link FileLock#UNLOCK} for the
 *     wish to have none
 * @param owner what the kernel calls the owner: a process, or an open file description
 * @param pid the process that asked; 0 if unknown
 * @param fh the handle that it asked through
 */
record RangeLock(long start, long end, int type, long owner, int pid, long fh) {

  /** What a request wants; flock(2) always means the whole file. */
  static RangeLock wantedBy(LockIn request) {
    FileLock lk = request.lk();
    long start = request.isFlock() ? 0 : lk.start();
    long end = request.isFlock() ? FileLock.TO_END_OF_FILE : lk.end();
    return new RangeLock(start, end, lk.type(), request.owner(), lk.pid(), request.fh());
  }

  /** False for what no kernel sends. */
  boolean isValid() {
    return start >= 0 && end >= start && type >= FileLock.READ && type <= FileLock.UNLOCK;
  }

  boolean isUnlock() {
    return type == FileLock.UNLOCK;
  }

  boolean overlaps(long from, long to) {
    return start <= to && end >= from;
  }

  boolean overlaps(RangeLock other) {
    return overlaps(other.start, other.end);
  }

  /** True if the two, both of them locks, cannot be held at once. */
  boolean conflictsWith(RangeLock other) {
    return owner != other.owner
        && (type == FileLock.WRITE || other.type == FileLock.WRITE)
        && overlaps(other);
  }

  /** True if whoever held {@code other} and holds this instead excludes less than before. */
  boolean isWeakerThan(RangeLock other) {
    return isUnlock() || (type == FileLock.READ && other.type == FileLock.WRITE);
  }

  RangeLock withRange(long newStart, long newEnd) {
    return new RangeLock(newStart, newEnd, type, owner, pid, fh);
  }

  FileLock toFileLock() {
    return new FileLock(start, end, type, pid);
  }
}
