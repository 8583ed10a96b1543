package dev.fused.server.metrics;

import dev.fused.protocol.Errno;
import dev.fused.protocol.request.FuseRequest;
import java.util.HashMap;
import java.util.Map;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/**
 * Makes an event {@code fused.Request} of each request while a recording of Java Flight Recorder
 * asks for it; else it costs one or two checks of a field. Tells another meter too.
 */
public final class FlightRecorderMeter implements RequestMeter {
  private final @Nullable RequestMeter next;

  /**
   * @param next is told of each request as well; null for nobody
   */
  public FlightRecorderMeter(@Nullable RequestMeter next) {
    this.next = next;
  }

  @Override
  public ChannelMeter newChannel(LoopClock clock) {
    return new Recorder(next == null ? null : next.newChannel(clock));
  }

  private static final class Recorder implements ChannelMeter {
    private final @Nullable ChannelMeter next;

    /** Requests that came while a recording went on and are not answered yet, by their unique. */
    private final Map<Long, RequestEvent> open = new HashMap<>();

    Recorder(@Nullable ChannelMeter next) {
      this.next = next;
    }

    @Override
    public void received(FuseRequest request, long queueNanos) {
      if (next != null) {
        next.received(request, queueNanos);
      }
      if (isWanted()) {
        RequestEvent event = new RequestEvent();
        event.queueTime = queueNanos;
        event.begin();
        open.put(request.unique(), event);
      }
    }

    /**
     * The class of an event sets up all of Flight Recorder, a seventh of a start: not before
     * anybody records.
     */
    private static boolean isWanted() {
      return FlightRecorder.isInitialized() && Probe.EVENT.isEnabled();
    }

    @Override
    public void answered(FuseRequest request, @Nullable Errno error, int bytes, long serviceNanos) {
      if (!open.isEmpty()) {
        commit(open.remove(request.unique()), request, error, bytes);
      }
      if (next != null) {
        next.answered(request, error, bytes, serviceNanos);
      }
    }

    private static void commit(
        @Nullable RequestEvent event, FuseRequest request, @Nullable Errno error, int bytes) {
      if (event == null) {
        return;
      }
      event.end();
      if (event.shouldCommit()) {
        event.opcode = request.header().opcodeName();
        event.unique = request.unique();
        event.nodeid = request.nodeid();
        event.uid = request.uid();
        event.pid = request.pid();
        event.error = error == null ? null : error.name();
        event.bytes = bytes;
        event.commit();
      }
    }
  }

  private static final class Probe {
    /** Never committed: only asked whether its like are wanted. */
    static final RequestEvent EVENT = new RequestEvent();
  }
}
