package dev.fused.filesystem.lock;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides who gets a lock, who waits and who is refused, and keeps count over all inodes. Guarded
 * by the {@link LockTable}, which also completes the replies.
 */
final class LockArbiter {
  /** How many locks one request may add: a lock between two halves of another. */
  private static final int MOST_ADDED = 2;

  private final WaitGraph waits;
  private final int maxLocks;
  private int held;

  LockArbiter(int maxLocks, WaitGraph waits) {
    this.maxLocks = maxLocks;
    this.waits = waits;
  }

  int held() {
    return held;
  }

  /**
   * SETLK and, if {@code mayWait}, SETLKW.
   *
   * @return the request, if it waits from now on
   */
  @Nullable LockRequest set(LockRequest request, boolean mayWait, Answers answers) {
    LockSpace space = request.space();
    RangeLock wanted = request.wanted();
    // As flock(2) says, it converts in two steps: the old lock is gone whatever comes of the new.
    boolean freed = request.isFlock() && dropConverted(space, wanted);
    LockRequest waiter = null;
    if (wanted.isUnlock() || request.isFree()) {
      freed |= grant(request, answers);
    } else if (!mayWait) {
      answers.error(request.reply(), Errno.EAGAIN);
    } else if (!request.isFlock() && waits.isDeadlock(request)) {
      answers.error(request.reply(), Errno.EDEADLK);
    } else {
      space.waiting().add(request);
      if (!request.isFlock()) {
        waits.add(request);
      }
      waiter = request;
    }
    if (freed) {
      wake(space, wanted.start(), wanted.end(), answers);
    }
    return waiter;
  }

  /** Drops locks, and serves those who waited for them. */
  void drop(LockSpace space, Predicate<RangeLock> condition, Answers answers) {
    if (dropIf(space, condition)) {
      wake(space, 0, FileLock.TO_END_OF_FILE, answers);
    }
  }

  /** Makes a request wait no longer, without an answer; false if it does not wait. */
  boolean withdraw(LockRequest request) {
    waits.remove(request);
    return request.space().waiting().remove(request);
  }

  /** Drops all locks, and answers all who wait for one with an error. */
  void clear(LockSpace space, Errno errno, Answers answers) {
    held -= space.size();
    for (LockRequest request : space.waiting()) {
      waits.remove(request);
      answers.error(request.reply(), errno);
    }
    space.clear();
  }

  private boolean dropConverted(LockSpace space, RangeLock wanted) {
    return dropIf(space, lock -> lock.owner() == wanted.owner() && lock.type() != wanted.type());
  }

  private boolean dropIf(LockSpace space, Predicate<RangeLock> condition) {
    int dropped = space.dropIf(condition);
    held -= dropped;
    return dropped > 0;
  }

  /**
   * Gives or takes a lock that nothing is in the way of.
   *
   * @return true if others may have to be served: there is room, or fewer wait
   */
  private boolean grant(LockRequest request, Answers answers) {
    LockSpace space = request.space();
    RangeLock wanted = request.wanted();
    if (held > maxLocks - MOST_ADDED && (!wanted.isUnlock() || space.isSplitBy(wanted))) {
      answers.error(request.reply(), Errno.ENOLCK);
      return false;
    }
    int before = space.size();
    boolean freed = space.set(wanted);
    held += space.size() - before;
    answers.ok(request.reply());
    return refuseNewCircles(request, answers) || freed;
  }

  /**
   * A process gets a lock while another thread of it waits: for whoever waits for that lock this
   * may close a circle, which was not there when the wait began.
   *
   * @return true if a wait was ended
   */
  private boolean refuseNewCircles(LockRequest granted, Answers answers) {
    boolean isLock = !granted.isFlock() && !granted.wanted().isUnlock();
    if (!isLock || !waits.isWaiting(granted)) {
      return false;
    }
    List<LockRequest> affected =
        granted.space().waiting().stream()
            .filter(request -> request.wanted().conflictsWith(granted.wanted()))
            .toList();
    boolean ended = false;
    for (LockRequest request : affected) {
      if (waits.isDeadlock(request)) {
        withdraw(request);
        answers.error(request.reply(), Errno.EDEADLK);
        ended = true;
      }
    }
    return ended;
  }

  /** Serves those who wait for something between two bytes, where less is locked than before. */
  private void wake(LockSpace space, long start, long end, Answers answers) {
    boolean freed = true;
    while (freed) {
      freed = false;
      Iterator<LockRequest> waiting = space.waiting().iterator();
      while (waiting.hasNext() && !freed) {
        LockRequest request = waiting.next();
        RangeLock wanted = request.wanted();
        if (wanted.overlaps(start, end) && request.isFree()) {
          waiting.remove();
          waits.remove(request);
          // It may get less than it held, and so make room for one that has waited longer.
          freed = grant(request, answers);
          if (freed) {
            start = Math.min(start, wanted.start());
            end = Math.max(end, wanted.end());
          }
        }
      }
    }
  }
}
