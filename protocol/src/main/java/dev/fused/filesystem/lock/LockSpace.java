package dev.fused.filesystem.lock;

import dev.fused.protocol.FileLock;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The locks of one kind on one inode: those that are held, and the requests that wait for one.
 *
 * <p>What an owner holds never overlaps itself, and what is adjacent and of the same type is one
 * lock. Only what is held is ever in the way of a request. Guarded by the {@link LockTable}.
 */
final class LockSpace {
  private final LockTree held = new LockTree();

  /** Oldest first. */
  private final Set<LockRequest> waiting = new LinkedHashSet<>();

  /** Number of locks held. */
  int size() {
    return held.size();
  }

  boolean isEmpty() {
    return held.size() == 0 && waiting.isEmpty();
  }

  /** The requests that wait, oldest first; open to changes. */
  Collection<LockRequest> waiting() {
    return waiting;
  }

  /** The first of the locks in the way, or null. */
  @Nullable RangeLock firstConflict(RangeLock wanted) {
    return held.first(wanted.start(), wanted.end(), wanted::conflictsWith);
  }

  /** All locks in the way. */
  List<RangeLock> conflicts(RangeLock wanted) {
    return held.all(wanted.start(), wanted.end(), wanted::conflictsWith);
  }

  /** The first lock that the owner itself holds in the range, or null. */
  @Nullable RangeLock firstOwn(RangeLock range) {
    return held.first(range.start(), range.end(), lock -> lock.owner() == range.owner());
  }

  /** True if taking the range away from its owner makes two locks of one. */
  boolean isSplitBy(RangeLock unlock) {
    RangeLock own = firstOwn(unlock);
    return own != null && own.start() < unlock.start() && own.end() > unlock.end();
  }

  /**
   * Gives the owner the lock, with which none may be in conflict; for {@link FileLock#UNLOCK} takes
   * the range away. What the owner held there before is replaced. There may be two locks more than
   * before.
   *
   * @return true if somewhere the owner excludes less than before
   */
  boolean set(RangeLock wanted) {
    long start = wanted.start();
    long end = wanted.end();
    boolean freed = false;
    // One byte more on each side: an adjacent lock of the same type becomes part of the new one.
    long from = Math.max(start, 1) - 1;
    long to = end == FileLock.TO_END_OF_FILE ? end : end + 1;
    for (RangeLock own : held.all(from, to, lock -> lock.owner() == wanted.owner())) {
      if (own.type() == wanted.type()) {
        held.remove(own);
        start = Math.min(start, own.start());
        end = Math.max(end, own.end());
      } else if (own.overlaps(wanted)) {
        held.remove(own);
        freed |= wanted.isWeakerThan(own);
        if (own.start() < wanted.start()) {
          held.add(own.withRange(own.start(), wanted.start() - 1));
        }
        if (own.end() > wanted.end()) {
          held.add(own.withRange(wanted.end() + 1, own.end()));
        }
      }
    }
    if (!wanted.isUnlock()) {
      held.add(wanted.withRange(start, end));
    }
    return freed;
  }

  /**
   * Drops whole locks.
   *
   * @return how many
   */
  int dropIf(Predicate<RangeLock> condition) {
    List<RangeLock> dropped = held.all(0, FileLock.TO_END_OF_FILE, condition);
    dropped.forEach(held::remove);
    return dropped.size();
  }

  /** Drops all locks, and all who wait. */
  void clear() {
    dropIf(lock -> true);
    waiting.clear();
  }
}
