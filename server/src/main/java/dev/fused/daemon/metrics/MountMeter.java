package dev.fused.daemon.metrics;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.server.metrics.ChannelMeter;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.metrics.RequestMeter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Counts all requests of a mount, from its first on. Each loop counts for itself ({@link
 * LoopRecorder}); who asks adds up. Any thread.
 */
public final class MountMeter implements RequestMeter {
  private final List<LoopRecorder> loops = new CopyOnWriteArrayList<>();
  private final Histogram queue = LatencyRecorder.newHistogram();
  private final Map<Integer, Histogram> service = new TreeMap<>();
  private volatile @Nullable Callers callers;
  private long callersUntil;

  @Override
  public ChannelMeter newChannel(LoopClock clock) {
    LoopRecorder recorder = new LoopRecorder(this);
    loops.add(recorder);
    return recorder;
  }

  @Nullable Callers callers() {
    return callers;
  }

  /**
   * Counts callers from now on, until nobody has called this for {@code leaseNanos}.
   *
   * @return the counts so far, as {@link Callers#counts}; empty at the first call
   */
  public synchronized Map<Long, Long> countCallers(long leaseNanos) {
    callersUntil = System.nanoTime() + leaseNanos;
    Callers counting = callers;
    if (counting == null) {
      callers = new Callers();
      return Map.of();
    }
    return counting.counts();
  }

  /** Ends to count callers for whom nobody asks any more. Called now and then. */
  public synchronized void endLease() {
    if (callers != null && System.nanoTime() - callersUntil > 0) {
      callers = null;
    }
  }

  /**
   * All operations that there were, in the order of their numbers.
   *
   * @param name as in {@code enum fuse_opcode}; "unknown" for what is not there
   * @param service how long they took, from decoding a request until the kernel has the reply; a
   *     copy
   */
  public record Operation(String name, long count, long errors, Histogram service) {}

  /**
   * What was counted since the mount began.
   *
   * @param errors by name
   * @param queue how long requests waited, as {@link LoopClock#waitedNanos}; a copy
   * @param inFlight requests that the server has read and not answered
   */
  public record Totals(
      List<Operation> operations,
      Map<String, Long> errors,
      Histogram queue,
      long inFlight,
      long readBytes,
      long writtenBytes) {}

  /** Adds up the counters of all loops. */
  public synchronized Totals totals() {
    List<Operation> operations = new ArrayList<>();
    for (int opcode = 0; opcode < LoopRecorder.OPCODES; opcode++) {
      long count = 0;
      long failed = 0;
      for (LoopRecorder loop : loops) {
        count += loop.requests(opcode);
        failed += loop.errorsOf(opcode);
        LatencyRecorder latencies = loop.service(opcode);
        if (latencies != null) {
          latencies.drainTo(
              service.computeIfAbsent(opcode, added -> LatencyRecorder.newHistogram()));
        }
      }
      Histogram latencies = service.get(opcode);
      if (count > 0 && latencies != null) {
        Opcode known = Opcode.of(opcode);
        String name = known == null ? "unknown" : known.name();
        operations.add(new Operation(name, count, failed, latencies.copy()));
      }
    }
    loops.forEach(loop -> loop.queue().drainTo(queue));
    return new Totals(
        operations,
        errors(),
        queue.copy(),
        // The answers first: a request in between must not count as answered before it came.
        Math.max(0, -sum(LoopRecorder.ANSWERED) + sum(LoopRecorder.RECEIVED)),
        sum(LoopRecorder.READ_BYTES),
        sum(LoopRecorder.WRITTEN_BYTES));
  }

  private long sum(int place) {
    return loops.stream().mapToLong(loop -> loop.total(place)).sum();
  }

  private Map<String, Long> errors() {
    Map<String, Long> errors = new TreeMap<>();
    for (int number = 0; number < LoopRecorder.ERRNOS; number++) {
      long count = 0;
      for (LoopRecorder loop : loops) {
        count += loop.errors(number);
      }
      if (count > 0) {
        Errno errno = Errno.ofNumber(number);
        errors.put(errno == null ? "other" : errno.name(), count);
      }
    }
    return errors;
  }
}
