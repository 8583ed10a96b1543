package dev.fused.filesystem.lock;

import static dev.fused.filesystem.lock.Locker.READ;
import static dev.fused.filesystem.lock.Locker.UNLOCK;
import static dev.fused.filesystem.lock.Locker.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random requests of a few processes on a few bytes, compared with a model that keeps each byte.
 */
class ModelTest {
  private static final long FILE = 5;
  private static final int OWNERS = 5;
  private static final int BYTES = 16;

  private final Random random = new Random();
  private final LockTable table = new LockTable();
  private final List<Locker> lockers = new ArrayList<>();
  private final Locker stranger = Locker.process(table, FILE, 99);

  /** What each owner holds of each byte. */
  private final int[][] held = new int[OWNERS][BYTES];

  private final List<Wait> waits = new ArrayList<>();

  private record Wait(int owner, int type, int start, int end, RecordedReply reply) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void behavesAsIfEachByteWereKept(long seed) {
    random.setSeed(seed);
    for (int owner = 0; owner < OWNERS; owner++) {
      lockers.add(Locker.process(table, FILE, 1 + owner));
      Arrays.fill(held[owner], UNLOCK);
    }
    for (int step = 0; step < 4000; step++) {
      int owner = random.nextInt(OWNERS);
      int start = random.nextInt(BYTES);
      int end = Math.min(BYTES - 1, start + random.nextInt(6));
      int type = random.nextInt(3);
      switch (random.nextInt(10)) {
        case 0 -> flush(owner);
        case 1, 2 -> await(owner, type, start, end);
        case 3 -> interruptOne();
        default -> set(owner, type, start, end);
      }
      compare();
    }
  }

  private void set(int owner, int type, int start, int end) {
    Object expected = isFree(owner, type, start, end) ? "ok" : Errno.EAGAIN;
    assertThat(lockers.get(owner).set(type, start, end)).isEqualTo(expected);
    if (expected.equals("ok")) {
      give(owner, type, start, end);
      serve();
    }
  }

  private void await(int owner, int type, int start, int end) {
    boolean free = isFree(owner, type, start, end);
    boolean deadlock = !free && reaches(owner, type, start, end, owner, new HashSet<>());
    RecordedReply reply = lockers.get(owner).await(type, start, end);
    if (free) {
      assertThat(reply.outcome()).isEqualTo("ok");
      give(owner, type, start, end);
      serve();
    } else if (deadlock) {
      assertThat(reply.outcome()).isEqualTo(Errno.EDEADLK);
    } else {
      waits.add(new Wait(owner, type, start, end, reply));
    }
  }

  private void flush(int owner) {
    lockers.get(owner).flush();
    Arrays.fill(held[owner], UNLOCK);
    serve();
  }

  private void interruptOne() {
    if (!waits.isEmpty()) {
      RecordedReply reply = waits.remove(random.nextInt(waits.size())).reply();
      reply.interrupt();
      assertThat(reply.outcome()).isEqualTo(Errno.EINTR);
    }
  }

  /** Always the oldest that can be served. */
  private void serve() {
    for (int i = 0; i < waits.size(); i++) {
      Wait wait = waits.get(i);
      if (isFree(wait.owner, wait.type, wait.start, wait.end)) {
        waits.remove(i);
        give(wait.owner, wait.type, wait.start, wait.end);
        assertThat(wait.reply.outcome()).isEqualTo("ok");
        i = -1;
      }
    }
  }

  /** Gives a lock; whoever waits for it and would now wait for itself is refused. */
  private void give(int owner, int type, int start, int end) {
    Arrays.fill(held[owner], start, end + 1, type);
    for (Wait wait : List.copyOf(waits)) {
      boolean meets = wait.start <= end && wait.end >= start && wait.owner != owner;
      boolean excludes = type == WRITE || (type == READ && wait.type == WRITE);
      if (meets
          && excludes
          && reaches(wait.owner, wait.type, wait.start, wait.end, wait.owner, new HashSet<>())) {
        waits.remove(wait);
        assertThat(wait.reply.outcome()).isEqualTo(Errno.EDEADLK);
      }
    }
  }

  private boolean isFree(int owner, int type, int start, int end) {
    return blockers(owner, type, start, end).isEmpty();
  }

  private Set<Integer> blockers(int owner, int type, int start, int end) {
    Set<Integer> blockers = new HashSet<>();
    for (int other = 0; other < OWNERS; other++) {
      for (int i = start; i <= end; i++) {
        boolean both = type != UNLOCK && held[other][i] != UNLOCK;
        if (other != owner && both && (type == WRITE || held[other][i] == WRITE)) {
          blockers.add(other);
        }
      }
    }
    return blockers;
  }

  private boolean reaches(int owner, int type, int start, int end, int goal, Set<Integer> seen) {
    for (int blocker : blockers(owner, type, start, end)) {
      if (blocker == goal) {
        return true;
      }
      if (seen.add(blocker)) {
        for (Wait wait : waits) {
          if (wait.owner == blocker
              && reaches(wait.owner, wait.type, wait.start, wait.end, goal, seen)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private void compare() {
    for (Wait wait : waits) {
      assertThat(wait.reply.outcome()).isEqualTo("waits");
    }
    for (int i = 0; i < BYTES; i++) {
      assertThat(stranger.get(READ, i, i)).isEqualTo(firstRun(READ, i));
      assertThat(stranger.get(WRITE, i, i)).isEqualTo(firstRun(WRITE, i));
    }
    int runs = 0;
    for (int owner = 0; owner < OWNERS; owner++) {
      for (int i = 0; i < BYTES; i++) {
        if (held[owner][i] != UNLOCK && start(owner, i) == i) {
          runs++;
        }
      }
    }
    assertThat(table.held()).isEqualTo(runs);
    assertThat(table.isEmpty()).isEqualTo(runs == 0 && waits.isEmpty());
  }

  /** What GETLK of a byte must find: of the locks in the way, the one that starts first. */
  private FileLock firstRun(int type, int at) {
    FileLock first = new FileLock(at, at, UNLOCK, 0);
    for (int owner = 0; owner < OWNERS; owner++) {
      int theirs = held[owner][at];
      boolean inTheWay = theirs == WRITE || (theirs == READ && type == WRITE);
      if (inTheWay && (first.type() == UNLOCK || start(owner, at) < first.start())) {
        first = lockers.get(owner).held(theirs, start(owner, at), end(owner, at));
      }
    }
    return first;
  }

  private int start(int owner, int at) {
    int start = at;
    while (start > 0 && held[owner][start - 1] == held[owner][at]) {
      start--;
    }
    return start;
  }

  private int end(int owner, int at) {
    int end = at;
    while (end < BYTES - 1 && held[owner][end + 1] == held[owner][at]) {
      end++;
    }
    return end;
  }
}
