package dev.fused.filesystem.lock;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * Who waits for whose locks of fcntl(2) on all inodes, to refuse the wait that would make a circle.
 * Guarded by the {@link LockTable}.
 *
 * <p>Only requests are kept; what they wait for is looked up when it matters, so it is never out of
 * date. It matters when somebody starts to wait, or gets a lock while another of its threads waits;
 * anybody else who gets a lock runs, and may give it back.
 *
 * <p>Linux looks for deadlocks between processes only. A lock of an open file description belongs
 * to nobody in particular: any thread or process that shares the description may release it, so a
 * circle through one need not be a deadlock. A request does not say which kind of lock it is for.
 * But a process is one owner and an owner one process, unless descriptions are involved; a circle
 * in which that is not so is none. And the waiting thread itself can be looked at, if somebody
 * does. Without that, a circle of descriptions each of which is used by one process only is taken
 * for the deadlock that it most likely is.
 */
final class WaitGraph {
  /** A process as an owner of locks. */
  private record Party(long owner, int pid) {
    static Party of(RangeLock lock) {
      return new Party(lock.owner(), lock.pid());
    }
  }

  private static final int UNKNOWN_PID = 0;

  private final IntPredicate waitsForDescription;

  /** Threads of a process may wait for several locks. */
  private final Map<Party, Set<LockRequest>> waits = new HashMap<>();

  /**
   * @param waitsForDescription tells of a waiting thread if it wants a lock of an open file
   *     description
   */
  WaitGraph(IntPredicate waitsForDescription) {
    this.waitsForDescription = waitsForDescription;
  }

  void add(LockRequest request) {
    waits.computeIfAbsent(Party.of(request.wanted()), key -> new LinkedHashSet<>()).add(request);
  }

  /** Takes out a request, if it is there. */
  void remove(LockRequest request) {
    waits.computeIfPresent(
        Party.of(request.wanted()),
        (key, requests) -> {
          requests.remove(request);
          return requests.isEmpty() ? null : requests;
        });
  }

  /** True if whoever asks waits for some lock, too. */
  boolean isWaiting(LockRequest request) {
    return waits.containsKey(Party.of(request.wanted()));
  }

  /** True if one that the request would wait for waits, by way of others or not, for its owner. */
  boolean isDeadlock(LockRequest request) {
    // To look at a thread takes long, and circles are rare.
    return isCircle(request, member -> true)
        && isCircle(request, member -> !waitsForDescription.test(member.thread()));
  }

  private boolean isCircle(LockRequest request, Predicate<LockRequest> isProcess) {
    if (!isProcess.test(request)) {
      return false;
    }
    Party self = Party.of(request.wanted());
    Set<Party> seen = new HashSet<>(Set.of(self));
    Set<Integer> processes = new HashSet<>(Set.of(self.pid()));
    Queue<LockRequest> blocked = new ArrayDeque<>(Set.of(request));
    while (!blocked.isEmpty()) {
      for (RangeLock blocker : blocked.remove().blockers()) {
        Party holder = Party.of(blocker);
        if (holder.equals(self)) {
          return true;
        }
        if (seen.add(holder) && (holder.pid() == UNKNOWN_PID || processes.add(holder.pid()))) {
          waits.getOrDefault(holder, Set.of()).stream().filter(isProcess).forEach(blocked::add);
        }
      }
    }
    return false;
  }
}
