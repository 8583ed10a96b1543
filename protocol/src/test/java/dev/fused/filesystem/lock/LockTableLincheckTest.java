package dev.fused.filesystem.lock;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Tries the interleavings of a request that gives locks back and one that takes some, and of a few
 * random ones: they must be answered as one after the other, where each byte is kept for itself and
 * nobody waits.
 *
 * <p>Who waits is interrupted at once, but may be given the lock just before; when the answer comes
 * is up to the other thread, so this one waits for it. Threads may be of one process.
 */
@Tag("lincheck")
@Param(name = "owner", gen = IntGen.class, conf = "0:2")
@Param(name = "type", gen = IntGen.class, conf = "0:2")
@Param(name = "byte", gen = IntGen.class, conf = "0:2")
public class LockTableLincheckTest {
  /** A deadlock is found without: this is for a machine so busy that threads get no turn. */
  private static final long TIMEOUT_MILLIS = 300_000;

  private static final long FILE = 5;
  private static final int OWNERS = 3;
  private static final int BYTES = 3;
  private static final String REFUSED = "refused";

  private final LockTable table = new LockTable();
  private final Locker[] processes = new Locker[OWNERS];
  private final Locker[] flockers = new Locker[OWNERS];

  public LockTableLincheckTest() {
    for (int owner = 0; owner < OWNERS; owner++) {
      // Whoever sends RELEASE has a handle.
      processes[owner] = new Locker(table, FILE, 1000 + owner, 1 + owner, 1 + owner, 0);
      flockers[owner] = Locker.flocker(table, FILE, 1 + owner);
    }
  }

  @Operation(params = {"owner", "type", "byte", "byte"})
  public String setlk(int owner, int type, int from, int to) {
    return outcome(processes[owner].set(type, Math.min(from, to), Math.max(from, to)));
  }

  @Operation(params = {"owner", "type", "byte", "byte"})
  public String setlkwUntilInterrupted(int owner, int type, int from, int to) {
    return outcome(
        interrupted(processes[owner].await(type, Math.min(from, to), Math.max(from, to))));
  }

  @Operation(params = {"owner", "type", "byte", "byte"})
  public String getlk(int owner, int type, int from, int to) {
    return processes[owner].get(type, Math.min(from, to), Math.max(from, to)).toString();
  }

  @Operation(params = {"owner"})
  public void flush(int owner) {
    processes[owner].flush();
  }

  @Operation(params = {"owner"})
  public void release(int owner) {
    processes[owner].release();
  }

  @Operation(params = {"owner", "type"})
  public String flock(int owner, int type) {
    return outcome(flockers[owner].set(type, 0, Locker.END));
  }

  @Operation(params = {"owner", "type"})
  public String flockUntilInterrupted(int owner, int type) {
    return outcome(interrupted(flockers[owner].await(type, 0, Locker.END)));
  }

  @Operation(params = {"owner"})
  public void releaseFlock(int owner) {
    flockers[owner].releaseFlock();
  }

  @Operation
  public int held() {
    return table.held();
  }

  @Operation
  public boolean isEmpty() {
    return table.isEmpty();
  }

  private static Object interrupted(RecordedReply reply) {
    reply.interrupt();
    while (!reply.isDone()) {
      Thread.onSpinWait();
    }
    return reply.outcome();
  }

  /** Nobody can tell EDEADLK, EAGAIN and EINTR apart without knowing who waited when. */
  private static String outcome(Object outcome) {
    boolean isRefused =
        outcome == Errno.EAGAIN || outcome == Errno.EINTR || outcome == Errno.EDEADLK;
    return isRefused ? REFUSED : outcome.toString();
  }

  /** The same one after the other. */
  public static class Specification {
    private static final int UNLOCK = FileLock.UNLOCK;

    /** What each owner has of each byte; in one more column, with flock(2). */
    private final int[][] held = new int[OWNERS][BYTES + 1];

    public Specification() {
      for (int[] bytes : held) {
        Arrays.fill(bytes, UNLOCK);
      }
    }

    public String setlk(int owner, int type, int from, int to) {
      int start = Math.min(from, to);
      int end = Math.max(from, to);
      for (int other = 0; other < OWNERS; other++) {
        if (other != owner && isInTheWay(other, type, start, end)) {
          return REFUSED;
        }
      }
      Arrays.fill(held[owner], start, end + 1, type);
      return "ok";
    }

    public String setlkwUntilInterrupted(int owner, int type, int from, int to) {
      return setlk(owner, type, from, to);
    }

    public String getlk(int owner, int type, int from, int to) {
      int start = Math.min(from, to);
      int end = Math.max(from, to);
      FileLock first = new FileLock(start, end, UNLOCK, 0);
      for (int other = 0; other < OWNERS; other++) {
        for (int i = start; i <= end; i++) {
          boolean isWanted =
              type == UNLOCK
                  ? other == owner && held[other][i] != UNLOCK
                  : other != owner && isInTheWay(other, type, i, i);
          if (isWanted && (first.type() == UNLOCK || start(other, i) < first.start())) {
            first = new FileLock(start(other, i), end(other, i), held[other][i], 1 + other);
          }
        }
      }
      return first.toString();
    }

    public void flush(int owner) {
      Arrays.fill(held[owner], 0, BYTES, UNLOCK);
    }

    public void release(int owner) {
      flush(owner);
    }

    public String flock(int owner, int type) {
      if (held[owner][BYTES] != type) {
        releaseFlock(owner);
      }
      return setlk(owner, type, BYTES, BYTES);
    }

    public String flockUntilInterrupted(int owner, int type) {
      return flock(owner, type);
    }

    public void releaseFlock(int owner) {
      held[owner][BYTES] = UNLOCK;
    }

    public int held() {
      int locks = 0;
      for (int owner = 0; owner < OWNERS; owner++) {
        for (int i = 0; i <= BYTES; i++) {
          boolean isFirst = i == BYTES || start(owner, i) == i;
          locks += isFirst && held[owner][i] != UNLOCK ? 1 : 0;
        }
      }
      return locks;
    }

    public boolean isEmpty() {
      return held() == 0;
    }

    private boolean isInTheWay(int other, int type, int start, int end) {
      for (int i = start; i <= end; i++) {
        boolean both = type != UNLOCK && held[other][i] != UNLOCK;
        if (both && (type == FileLock.WRITE || held[other][i] == FileLock.WRITE)) {
          return true;
        }
      }
      return false;
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

  /** Before all: one holds a range alone and the file together with another. */
  private static final List<Actor> BEFORE =
      List.of(
          call("setlk", 0, FileLock.WRITE, 0, 2),
          call("flock", 0, FileLock.READ),
          call("flock", 1, FileLock.READ));

  /** One that gives a lock back, or a part of it, and one that meets it. */
  private static final List<List<List<Actor>>> AT_ONCE =
      List.of(
          pair(
              call("setlk", 0, FileLock.UNLOCK, 1, 1),
              call("setlkwUntilInterrupted", 1, FileLock.WRITE, 1, 1)),
          pair(
              call("setlk", 0, FileLock.READ, 0, 1),
              call("setlkwUntilInterrupted", 2, FileLock.READ, 0, 1)),
          pair(call("flush", 0), call("setlkwUntilInterrupted", 1, FileLock.WRITE, 0, 2)),
          pair(call("flush", 0), call("getlk", 2, FileLock.WRITE, 0, 2)),
          pair(call("release", 0), call("setlkwUntilInterrupted", 0, FileLock.READ, 1, 1)),
          pair(call("releaseFlock", 0), call("flockUntilInterrupted", 1, FileLock.WRITE)),
          pair(
              call("flockUntilInterrupted", 0, FileLock.WRITE),
              call("flockUntilInterrupted", 1, FileLock.WRITE)));

  private static final List<Actor> AFTERWARDS =
      List.of(
          call("held"), call("getlk", 2, FileLock.WRITE, 0, 2), call("flock", 2, FileLock.READ));

  private static Actor call(String name, Integer... arguments) {
    Method method =
        Arrays.stream(LockTableLincheckTest.class.getMethods())
            .filter(candidate -> candidate.getName().equals(name))
            .findAny()
            .orElseThrow();
    return new Actor(method, List.of(arguments));
  }

  private static List<List<Actor>> pair(Actor first, Actor second) {
    return List.of(List.of(first), List.of(second));
  }

  @Test
  void whatThreadsAskForAtOnceIsAnsweredAsOneAfterTheOther() {
    ModelCheckingOptions options =
        new ModelCheckingOptions()
            .iterations(3)
            .invocationsPerIteration(30)
            .threads(2)
            .invocationTimeout$lincheck(TIMEOUT_MILLIS)
            .actorsPerThread(2)
            .actorsBefore(2)
            .actorsAfter(1)
            .sequentialSpecification(Specification.class);
    for (List<List<Actor>> atOnce : AT_ONCE) {
      options.addCustomScenario(new ExecutionScenario(BEFORE, atOnce, AFTERWARDS, null));
    }
    options.check(LockTableLincheckTest.class);
  }
}
