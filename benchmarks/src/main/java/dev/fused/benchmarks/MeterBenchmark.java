package dev.fused.benchmarks;

import dev.fused.daemon.metrics.MountMeter;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Statfs;
import dev.fused.server.metrics.ChannelMeter;
import dev.fused.server.metrics.LoopClock;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What the counters of the daemon add to one request, and how much of that is the clock. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MeterBenchmark {
  private final LoopClock clock = new LoopClock();
  private final ChannelMeter meter = new MountMeter().newChannel(clock);
  private final FuseRequest request = new Statfs(RequestHeader.of(Opcode.STATFS, 2, 1, 0, 0, 4242));

  /** All that is done for a request. */
  @Benchmark
  public void request() {
    long start = System.nanoTime();
    meter.received(request, clock.waitedNanos(start));
    meter.answered(request, null, 0, System.nanoTime() - start);
  }

  /** The two readings alone. */
  @Benchmark
  public long clock() {
    long start = System.nanoTime();
    return System.nanoTime() - start;
  }
}
