package dev.fused.daemon.control;

import dev.fused.daemon.metrics.MountMeter;
import dev.fused.filesystem.Connection;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.InitFlag;
import dev.fused.server.FuseMount;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.session.OpenRequest;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does what comes over the control socket of one mount. On the socket's thread. */
public final class MountControl {
  private static final Logger log = LoggerFactory.getLogger(MountControl.class);

  /** What the log writes, which can be changed. */
  public interface LogSwitch {
    /** The level in force, in lower case. */
    String level();

    /**
     * Changes it.
     *
     * @throws IllegalArgumentException with a sentence if there is no such level
     */
    void setLevel(String level);

    /** True if each message between kernel and server is logged. */
    boolean logsRequests();

    void setLogsRequests(boolean on);
  }

  private final FuseMount mount;
  private final FuseFileSystem fileSystem;
  private final MountMeter meter;
  private final LogSwitch logSwitch;
  private final String version;
  private final Instant startedAt;
  private final long startedNanos = System.nanoTime();

  /**
   * @param version of this program
   * @param startedAt when the mount was made
   */
  public MountControl(
      FuseMount mount,
      FuseFileSystem fileSystem,
      MountMeter meter,
      LogSwitch logSwitch,
      String version,
      Instant startedAt) {
    this.mount = mount;
    this.fileSystem = fileSystem;
    this.meter = meter;
    this.logSwitch = logSwitch;
    this.version = version;
    this.startedAt = startedAt;
  }

  /** The answer to one line. */
  public String answer(String line) {
    try {
      return answer(ControlRequest.parse(line)).toJson();
    } catch (IllegalArgumentException | IOException e) {
      return ControlResponse.failed(String.valueOf(e.getMessage())).toJson();
    } catch (RuntimeException e) {
      log.error("the control request {} failed", line, e);
      return ControlResponse.failed("the server failed at it: " + e).toJson();
    }
  }

  private ControlResponse answer(ControlRequest request) throws IOException {
    return switch (request.command()) {
      case ControlRequest.STATUS -> ControlResponse.of(status(request));
      case ControlRequest.LOG -> ControlResponse.done(changeLog(request));
      case ControlRequest.ABORT -> ControlResponse.done(abort());
      default ->
          throw new IllegalArgumentException(
              "there is no command \"%s\"; there is: status, log, abort"
                  .formatted(request.command()));
    };
  }

  private String changeLog(ControlRequest request) {
    String level = request.level();
    if (level != null) {
      logSwitch.setLevel(level);
    }
    Boolean requests = request.requests();
    if (requests != null) {
      logSwitch.setLogsRequests(requests);
    }
    String now =
        "log level %s, requests %s"
            .formatted(logSwitch.level(), logSwitch.logsRequests() ? "on" : "off");
    log.info("{}: {}", mount.path(), now);
    return now;
  }

  private String abort() throws IOException {
    log.warn("{}: aborted by command", mount.path());
    mount.abort();
    return "aborted";
  }

  /** Everything that is known now. */
  StatusReport status(ControlRequest request) {
    boolean histograms = request.histograms();
    MountMeter.Totals totals = meter.totals();
    Map<String, StatusReport.Operation> operations = new LinkedHashMap<>();
    for (MountMeter.Operation operation : totals.operations()) {
      operations.put(
          operation.name(),
          new StatusReport.Operation(
              operation.count(), operation.errors(), latency(operation.service(), histograms)));
    }
    return new StatusReport(
        mount.path().toString(),
        ProcessHandle.current().pid(),
        version,
        startedAt.toString(),
        fileSystem.describe(),
        negotiated(),
        operations,
        totals.errors(),
        latency(totals.queue(), histograms),
        totals.inFlight(),
        waiting(),
        mount.droppedReplies(),
        totals.readBytes(),
        totals.writtenBytes(),
        fileSystem.gauges(),
        mount.loops().stream()
            .map((LoopClock clock) -> new StatusReport.Loop(clock.busyNanos()))
            .toList(),
        memory(),
        mount.overdue().stream().map(MountControl::overdue).toList(),
        logSwitch.level(),
        logSwitch.logsRequests(),
        callers(request.callersForMillis()),
        System.nanoTime() - startedNanos);
  }

  private StatusReport.Negotiated negotiated() {
    Connection connection = mount.connection();
    return new StatusReport.Negotiated(
        System.getProperty("os.version", ""),
        connection.version().toString(),
        mount.transport(),
        connection.maxWrite(),
        connection.maxReadahead(),
        new TreeSet<>(connection.granted()).stream().map(InitFlag::name).toList(),
        Agreement.missing(connection, fileSystem).stream().map(InitFlag::name).toList());
  }

  static StatusReport.Latency latency(Histogram histogram, boolean whole) {
    return new StatusReport.Latency(
        histogram.getValueAtPercentile(50),
        histogram.getValueAtPercentile(99),
        histogram.getValueAtPercentile(99.9),
        histogram.getMaxValue(),
        histogram.getTotalCount() == 0 ? 0 : histogram.getMean(),
        whole ? encode(histogram) : null);
  }

  private static String encode(Histogram histogram) {
    ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoCompressedByteBuffer(buffer);
    return Base64.getEncoder().encodeToString(Arrays.copyOf(buffer.array(), length));
  }

  private @Nullable Integer waiting() {
    try {
      return mount.waiting();
    } catch (IOException e) {
      return null;
    }
  }

  private static StatusReport.Memory memory() {
    Runtime runtime = Runtime.getRuntime();
    long pauses = 0;
    long pauseMillis = 0;
    for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      // A collector that works beside the program has a bean for its cycles and one for its pauses.
      if (!collector.getName().contains("Cycles") && !collector.getName().contains("Concurrent")) {
        pauses += Math.max(0, collector.getCollectionCount());
        pauseMillis += Math.max(0, collector.getCollectionTime());
      }
    }
    return new StatusReport.Memory(
        runtime.totalMemory() - runtime.freeMemory(), runtime.maxMemory(), pauses, pauseMillis);
  }

  private static StatusReport.Overdue overdue(OpenRequest open) {
    return new StatusReport.Overdue(
        open.request().header().opcodeName(),
        Long.toUnsignedString(open.request().unique()),
        Long.toUnsignedString(open.request().nodeid()),
        open.request().pid(),
        open.age().toSeconds(),
        open.stack());
  }

  private @Nullable List<StatusReport.Caller> callers(@Nullable Long leaseMillis) {
    if (leaseMillis == null) {
      meter.endLease();
      return null;
    }
    if (leaseMillis <= 0 || leaseMillis > 3_600_000) {
      throw new IllegalArgumentException(
          "callersForMillis must be between 1 and 3600000, but is " + leaseMillis);
    }
    List<StatusReport.Caller> callers = new ArrayList<>();
    meter
        .countCallers(leaseMillis * 1_000_000)
        .forEach((key, count) -> callers.add(ProcessNames.caller(key, count)));
    return callers;
  }
}
