package dev.fused.daemon;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.fused.daemon.control.StatusReport;
import dev.fused.daemon.control.Units;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A server's status for people. */
final class StatusText {
  private StatusText() {}

  static String of(StatusReport status) {
    StringBuilder text = new StringBuilder();
    StatusReport.Negotiated agreed = status.negotiated();
    line(
        text,
        "%s: %s, pid %d, up %s",
        status.mountPoint(),
        status.fileSystem(),
        status.pid(),
        uptime(status.uptime()));
    line(
        text,
        "kernel %s speaks %s, transport %s, at most %s a request",
        agreed.kernel(),
        agreed.protocol(),
        agreed.transport(),
        Units.size(agreed.maxWrite()));
    line(text, "flags %s", String.join(" ", agreed.flags()));
    if (!agreed.notGranted().isEmpty()) {
      line(text, "not offered by this kernel: %s", String.join(" ", agreed.notGranted()));
    }
    line(
        text,
        "read %s, written %s, %d in flight%s, %d replies dropped",
        Units.size(status.readBytes()),
        Units.size(status.writtenBytes()),
        status.inFlight(),
        status.waiting() == null ? "" : ", " + status.waiting() + " waiting in the kernel",
        status.droppedReplies());
    if (!status.gauges().isEmpty()) {
      line(
          text,
          "%s",
          status.gauges().entrySet().stream()
              .map(gauge -> "%s %,d".formatted(gauge.getKey(), gauge.getValue()))
              .collect(Collectors.joining(", ")));
    }
    line(
        text,
        "loops %s busy since the start; heap %s of %s, %d pauses of %d ms in all",
        status.loops().stream()
            .map(loop -> Units.percent(loop.busy(), status.uptime()))
            .collect(Collectors.joining(" ")),
        Units.size(status.memory().heapUsed()),
        Units.size(status.memory().heapMax()),
        status.memory().pauses(),
        status.memory().pauseMillis());
    line(
        text, "log level %s%s", status.logLevel(), status.requestLog() ? ", and each request" : "");
    for (StatusReport.Overdue overdue : status.overdue()) {
      line(
          text,
          "NO ANSWER for %d s: %s, unique %s, nodeid %s, of pid %d; %s",
          overdue.seconds(),
          overdue.opcode(),
          overdue.unique(),
          overdue.nodeid(),
          overdue.pid(),
          overdue.stack());
    }
    line(text, "");
    line(
        text,
        "%-18s %12s %10s %9s %9s %9s %9s",
        "OPERATION",
        "COUNT",
        "ERRORS",
        "P50",
        "P99",
        "P99.9",
        "MAX");
    status
        .operations()
        .forEach(
            (name, operation) ->
                line(
                    text,
                    "%-18s %12d %10d %s",
                    name,
                    operation.count(),
                    operation.errors(),
                    latency(operation.service())));
    line(text, "%-18s %12s %10s %s", "(waited, at most)", "", "", latency(status.queue()));
    if (!status.errors().isEmpty()) {
      line(text, "");
      line(
          text,
          "errors: %s",
          status.errors().entrySet().stream()
              .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
              .map(error -> error.getKey() + " " + error.getValue())
              .collect(Collectors.joining(", ")));
    }
    return text.toString();
  }

  @FormatMethod
  private static void line(StringBuilder text, @FormatString String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }

  private static String latency(StatusReport.Latency latency) {
    return String.format(
        "%9s %9s %9s %9s",
        Units.time(latency.p50()),
        Units.time(latency.p99()),
        Units.time(latency.p999()),
        Units.time(latency.max()));
  }

  private static String uptime(long nanos) {
    Duration up = Duration.ofNanos(nanos);
    return up.toDays() > 0
        ? "%d d %d h".formatted(up.toDays(), up.toHoursPart())
        : "%d:%02d:%02d".formatted(up.toHours(), up.toMinutesPart(), up.toSecondsPart());
  }
}
