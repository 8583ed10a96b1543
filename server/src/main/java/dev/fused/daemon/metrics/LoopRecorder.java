package dev.fused.daemon.metrics;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.server.metrics.ChannelMeter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The counters of one channel. Its loop writes them, with plain additions; readers may see each a
 * moment late, and two of them a moment apart.
 */
final class LoopRecorder implements ChannelMeter {
  private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);

  /** Opcodes up to this count by number; what is beyond, together here. */
  static final int UNKNOWN_OPCODE = 54;

  static final int OPCODES = UNKNOWN_OPCODE + 1;
  static final int ERRNOS = 134;

  /** Places in {@link #totals}. */
  static final int READ_BYTES = 0;

  static final int WRITTEN_BYTES = 1;
  static final int RECEIVED = 2;
  static final int ANSWERED = 3;
  private static final int TOTALS = 4;

  private final MountMeter meter;
  private final long[] requests = new long[OPCODES];
  private final long[] errorsByOpcode = new long[OPCODES];
  private final long[] errors = new long[ERRNOS];
  private final long[] totals = new long[TOTALS];
  private final LatencyRecorder queue = new LatencyRecorder();
  private final AtomicReferenceArray<@Nullable LatencyRecorder> service =
      new AtomicReferenceArray<>(OPCODES);

  LoopRecorder(MountMeter meter) {
    this.meter = meter;
  }

  @Override
  public void received(FuseRequest request, long queueNanos) {
    add(totals, RECEIVED, 1);
    queue.record(queueNanos);
    Callers callers = meter.callers();
    if (callers != null) {
      callers.count(request.uid(), request.pid());
    }
  }

  @Override
  public void answered(FuseRequest request, @Nullable Errno error, int bytes, long serviceNanos) {
    int opcode = index(request);
    add(requests, opcode, 1);
    add(totals, ANSWERED, 1);
    if (error != null) {
      add(errorsByOpcode, opcode, 1);
      add(errors, error.number() < ERRNOS ? error.number() : 0, 1);
    }
    if (bytes > 0) {
      add(totals, opcode == Opcode.READ.number() ? READ_BYTES : WRITTEN_BYTES, bytes);
    }
    LatencyRecorder latencies = service.getPlain(opcode);
    if (latencies == null) {
      latencies = new LatencyRecorder();
      service.set(opcode, latencies);
    }
    latencies.record(serviceNanos);
  }

  private static int index(FuseRequest request) {
    int opcode = request.header().opcode();
    return opcode >= 0 && opcode < UNKNOWN_OPCODE ? opcode : UNKNOWN_OPCODE;
  }

  private static void add(long[] counts, int index, long more) {
    COUNTS.setOpaque(counts, index, counts[index] + more);
  }

  private static long get(long[] counts, int index) {
    return (long) COUNTS.getOpaque(counts, index);
  }

  /** Requests of an opcode that are answered, or done if they want no answer. Any thread. */
  long requests(int opcode) {
    return get(requests, opcode);
  }

  long errorsOf(int opcode) {
    return get(errorsByOpcode, opcode);
  }

  /** Errors by number; 0 for one out of range. */
  long errors(int errno) {
    return get(errors, errno);
  }

  long total(int place) {
    return get(totals, place);
  }

  LatencyRecorder queue() {
    return queue;
  }

  /** Null until there was such a request. */
  @Nullable LatencyRecorder service(int opcode) {
    return service.get(opcode);
  }
}
