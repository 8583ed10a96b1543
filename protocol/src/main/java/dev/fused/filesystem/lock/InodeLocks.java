package dev.fused.filesystem.lock;

/**
 * The locks on one inode. Those of fcntl(2) and those of flock(2) know nothing of each other, as on
 * Linux. Guarded by the {@link LockTable}.
 */
final class InodeLocks {
  private final long nodeid;
  private final LockSpace records = new LockSpace();
  private final LockSpace flocks = new LockSpace();

  InodeLocks(long nodeid) {
    this.nodeid = nodeid;
  }

  long nodeid() {
    return nodeid;
  }

  /** Of fcntl(2): of processes and of open file descriptions. */
  LockSpace records() {
    return records;
  }

  /** Of flock(2). */
  LockSpace flocks() {
    return flocks;
  }

  LockSpace space(boolean isFlock) {
    return isFlock ? flocks : records;
  }

  boolean isEmpty() {
    return records.isEmpty() && flocks.isEmpty();
  }
}
