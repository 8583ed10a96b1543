package dev.fused.benchmarks;

import dev.fused.filesystem.LockReply;
import dev.fused.filesystem.StatusReply;
import dev.fused.filesystem.lock.LockTable;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setlk;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Locks of fcntl(2) on one file, on which others hold some already. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class LockTableBenchmark {
  private static final long NODEID = 2;
  private static final long OWNER = 1;
  private static final long OTHER_OWNER = 2;

  /** How many locks there are besides, each of its own byte. */
  @Param({"0", "1000"})
  public int others;

  private final LockTable table = new LockTable();
  private final Answer answer = new Answer();

  @Setup
  public void lockByOthers() {
    for (int i = 0; i < others; i++) {
      set(OTHER_OWNER, FileLock.WRITE, 4L * i);
    }
  }

  /** F_SETLK of a byte that nobody holds, and its unlocking. */
  @Benchmark
  public boolean lockAndUnlock() {
    set(OWNER, FileLock.WRITE, 2L * others + 1);
    set(OWNER, FileLock.UNLOCK, 2L * others + 1);
    return answer.done;
  }

  /** F_GETLK of a byte that nobody holds. */
  @Benchmark
  public boolean test() {
    FileLock wanted = lock(FileLock.WRITE, 2L * others + 1);
    table.getlk(new Getlk(header(Opcode.GETLK), 1, OWNER, wanted, 0), answer);
    return answer.done;
  }

  /** What each close(2) costs those who hold nothing. */
  @Benchmark
  public void flush() {
    table.flush(new Flush(header(Opcode.FLUSH), 1, OWNER));
  }

  private void set(long owner, int type, long at) {
    table.setlk(new Setlk(header(Opcode.SETLK), owner, owner, lock(type, at), 0), answer);
  }

  private static FileLock lock(int type, long at) {
    return new FileLock(at, at, type, 4711);
  }

  private static RequestHeader header(Opcode opcode) {
    return RequestHeader.of(opcode, 2, NODEID, 0, 0, 4711);
  }

  /** Takes any number of answers, none of which may be an error. */
  private static final class Answer implements StatusReply, LockReply {
    private boolean done;

    @Override
    public void ok() {
      done = true;
    }

    @Override
    public void lock(FileLock lock) {
      done = lock.type() == FileLock.UNLOCK;
    }

    @Override
    public void error(Errno errno) {
      throw new IllegalStateException("a lock that nobody holds is refused: " + errno);
    }

    @Override
    public boolean isDone() {
      return false;
    }

    @Override
    public boolean isInterrupted() {
      return false;
    }

    @Override
    public void onInterrupt(Runnable action) {
      throw new IllegalStateException("a lock that nobody holds makes its caller wait");
    }
  }
}
