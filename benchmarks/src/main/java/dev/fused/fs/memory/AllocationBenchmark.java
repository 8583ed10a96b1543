package dev.fused.fs.memory;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Memory for the first bytes of a file, taken and given back. All threads share the arenas, as
 * files of one shard do: {@code -t 2} shows what their locks cost.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class AllocationBenchmark {
  /** The smallest fragment, the largest, and a page. */
  @Param({"64", "2048", "4096"})
  public int size;

  private final PageArena pages = new PageArena();
  private final FragmentArena fragments = new FragmentArena(pages);

  /** So that the cut page, and the slab, stay. */
  private final int kept = fragments.allocate(64);

  @Benchmark
  public int allocateAndFree() {
    int number = fragments.allocate(size);
    fragments.free(new int[] {number}, 1);
    return number;
  }

  @TearDown
  public void close() {
    fragments.free(new int[] {kept}, 1);
    pages.close();
  }
}
