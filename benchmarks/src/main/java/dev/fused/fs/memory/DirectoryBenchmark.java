package dev.fused.fs.memory;

import dev.fused.protocol.FileName;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Names in one directory. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class DirectoryBenchmark {
  private static final Owner OWNER = new Owner(0, 0);
  private static final int LISTED = 100;

  /** More than a processor's caches hold is another matter. */
  @Param({"1000", "1000000"})
  public int entries;

  private final Directory directory = new Directory(1, 0755, OWNER, Instant.EPOCH);
  private final RegularFile file = new RegularFile(2, 0644, OWNER, Instant.EPOCH);
  private final FileName free = FileName.of("a name of no entry");
  private FileName[] names = {};
  private int next;

  @Setup
  public void fill() {
    names =
        IntStream.range(0, entries).mapToObj(i -> FileName.of("file" + i)).toArray(FileName[]::new);
    for (int i = 0; i < entries; i++) {
      // A walk in steps that reach all: neighbours in time are not neighbours in memory.
      add(names[(int) (i * 7_919L % entries)]);
    }
  }

  private void add(FileName name) {
    synchronized (directory) {
      synchronized (file) {
        directory.add(name, file);
      }
    }
  }

  /** LOOKUP of a name that is there. */
  @Benchmark
  public @Nullable Entry find() {
    next = next + 1 == entries ? 0 : next + 1;
    synchronized (directory) {
      return directory.find(names[next]);
    }
  }

  /** LOOKUP of a name that is not there. */
  @Benchmark
  public @Nullable Entry miss() {
    synchronized (directory) {
      return directory.find(free);
    }
  }

  /** What CREATE and UNLINK do with the directory. */
  @Benchmark
  public Entry addAndRemove() {
    synchronized (directory) {
      synchronized (file) {
        directory.add(free, file);
        Entry entry = directory.find(free);
        if (entry == null) {
          throw new IllegalStateException("not there: " + free);
        }
        directory.remove(entry);
        return entry;
      }
    }
  }

  /** READDIR, each entry. */
  @Benchmark
  @OperationsPerInvocation(LISTED)
  public long list() {
    long cookie = Directory.DOT_DOT;
    synchronized (directory) {
      for (int i = 0; i < LISTED; i++) {
        Entry entry = directory.after(cookie);
        if (entry == null) {
          throw new IllegalStateException("only " + i + " entries");
        }
        cookie = entry.cookie;
      }
    }
    return cookie;
  }
}
