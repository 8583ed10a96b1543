package dev.fused.daemon.top;

import com.google.errorprone.annotations.FormatMethod;
import dev.fused.daemon.control.StatusReport;
import dev.fused.daemon.control.StatusReport.Caller;
import dev.fused.daemon.control.StatusReport.Latency;
import dev.fused.daemon.control.StatusReport.Operation;
import dev.fused.daemon.control.Units;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * What has happened between two reports of a server, as lines for a terminal: rates, latencies, the
 * operations that there were most of, and who asked for them.
 */
public final class TopView {
  private final StatusReport before;
  private final StatusReport now;
  private final double seconds;

  /** Both reports with histograms and callers. */
  public TopView(StatusReport before, StatusReport now) {
    this.before = before;
    this.now = now;
    this.seconds = Math.max(1e-3, (now.uptime() - before.uptime()) / 1e9);
  }

  /**
   * The lines of a frame.
   *
   * @throws IOException if the server's histograms cannot be read
   */
  public List<String> lines() throws IOException {
    List<String> lines = new ArrayList<>();
    long requests = 0;
    List<String> operations = new ArrayList<>();
    for (Map.Entry<String, Long> entry : operationsByCount()) {
      requests += entry.getValue();
      operations.add(operation(entry.getKey(), entry.getValue()));
    }
    lines.add(
        format(
            "%s: %.0f requests/s, read %s/s, written %s/s, %d in flight%s",
            now.mountPoint(),
            requests / seconds,
            Units.size(Math.round((now.readBytes() - before.readBytes()) / seconds)),
            Units.size(Math.round((now.writtenBytes() - before.writtenBytes()) / seconds)),
            now.inFlight(),
            now.overdue().isEmpty() ? "" : ", " + now.overdue().size() + " WITHOUT ANSWER"));
    lines.add(
        format(
            "loops busy %s; heap %s of %s, %d ms of pauses",
            loops(),
            Units.size(now.memory().heapUsed()),
            Units.size(now.memory().heapMax()),
            now.memory().pauseMillis() - before.memory().pauseMillis()));
    lines.add("");
    lines.add(
        format(
            "%-18s %9s %9s %9s %9s %9s %9s",
            "OPERATION", "PER S", "ERRORS/S", "P50", "P99", "P99.9", "MAX"));
    lines.addAll(operations);
    lines.add(
        format(
            "%-18s %9s %9s %s",
            "(waited, at most)", "", "", latencies(now.queue(), before.queue())));
    lines.add("");
    lines.add(format("%9s %9s %9s  %s", "PID", "UID", "PER S", "PROGRAM"));
    lines.addAll(callers());
    return lines;
  }

  private List<Map.Entry<String, Long>> operationsByCount() {
    Map<String, Long> counts = new LinkedHashMap<>();
    now.operations()
        .forEach(
            (name, operation) -> {
              Operation earlier = before.operations().get(name);
              counts.put(name, operation.count() - (earlier == null ? 0 : earlier.count()));
            });
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() > 0)
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .toList();
  }

  private String operation(String name, long count) throws IOException {
    Operation current = now.operations().getOrDefault(name, NONE);
    Operation earlier = before.operations().getOrDefault(name, NONE);
    return format(
        "%-18s %9.0f %9.0f %s",
        name,
        count / seconds,
        (current.errors() - earlier.errors()) / seconds,
        latencies(current.service(), earlier.service()));
  }

  private static final Operation NONE = new Operation(0, 0, new Latency(0, 0, 0, 0, 0, null));

  private static String latencies(Latency current, Latency earlier) throws IOException {
    Histogram between = histogram(current);
    if (between == null) {
      return "";
    }
    Histogram subtracted = histogram(earlier);
    if (subtracted != null) {
      between.subtract(subtracted);
    }
    return format(
        "%9s %9s %9s %9s",
        Units.time(between.getValueAtPercentile(50)),
        Units.time(between.getValueAtPercentile(99)),
        Units.time(between.getValueAtPercentile(99.9)),
        Units.time(between.getValueAtPercentile(100)));
  }

  private static @Nullable Histogram histogram(Latency latency) throws IOException {
    String encoded = latency.histogram();
    if (encoded == null) {
      return null;
    }
    try {
      return Histogram.decodeFromCompressedByteBuffer(
          ByteBuffer.wrap(Base64.getDecoder().decode(encoded)), 0);
    } catch (DataFormatException | IllegalArgumentException e) {
      throw new IOException("the server's histogram cannot be read: " + e.getMessage(), e);
    }
  }

  private String loops() {
    StringBuilder text = new StringBuilder();
    long passed = now.uptime() - before.uptime();
    for (int i = 0; i < Math.min(now.loops().size(), before.loops().size()); i++) {
      text.append(i == 0 ? "" : " ")
          .append(Units.percent(now.loops().get(i).busy() - before.loops().get(i).busy(), passed));
    }
    return text.toString();
  }

  /** Threads of a process together, the busiest process first. */
  private List<String> callers() {
    Map<Caller, Long> counts = new HashMap<>();
    add(counts, now.callers(), 1);
    add(counts, before.callers(), -1);
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() > 0)
        .sorted(Map.Entry.<Caller, Long>comparingByValue(Comparator.reverseOrder()))
        .map(
            entry ->
                format(
                    "%9d %9d %9.0f  %s",
                    entry.getKey().pid(),
                    entry.getKey().uid(),
                    entry.getValue() / seconds,
                    entry.getKey().program()))
        .toList();
  }

  private static void add(Map<Caller, Long> counts, @Nullable List<Caller> callers, int sign) {
    if (callers != null) {
      for (Caller caller : callers) {
        // A process that has ended since has no name: then its counts only sink, and it is left
        // out.
        Caller key = new Caller(caller.uid(), caller.pid(), caller.program(), 0);
        counts.merge(key, sign * caller.count(), Long::sum);
      }
    }
  }

  @FormatMethod
  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values).stripTrailing();
  }
}
