package dev.fused.daemon;

import dev.fused.filesystem.OptionDescription;
import dev.fused.server.FuseServer;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How long a request may stay without an answer.
 *
 * @param report after which it is reported
 * @param abort after which the connection is aborted; null for never
 */
record Deadlines(Duration report, @Nullable Duration abort) {
  private static final int DEFAULT_SECONDS = 60;
  private static final int MOST_SECONDS = 365 * 24 * 3600;

  /**
   * What was asked for; empty if requests have no deadline.
   *
   * @throws IllegalArgumentException with a sentence if a value is wrong
   */
  static Optional<Deadlines> of(RequestedOptions requested) {
    int report = seconds(requested, DaemonOptions.REQUEST_DEADLINE, DEFAULT_SECONDS);
    int abort = seconds(requested, DaemonOptions.REQUEST_ABORT, 0);
    if (report == 0 && abort == 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Deadlines(
            Duration.ofSeconds(report == 0 ? abort : report),
            abort == 0 ? null : Duration.ofSeconds(abort)));
  }

  private static int seconds(RequestedOptions requested, OptionDescription option, int other) {
    String value = requested.daemon(option).orElse(Integer.toString(other));
    try {
      int seconds = Integer.parseInt(value);
      if (seconds >= 0 && seconds <= MOST_SECONDS) {
        return seconds;
      }
    } catch (NumberFormatException e) {
      // as if it were out of range
    }
    throw new IllegalArgumentException(
        "option \"%s\" takes whole seconds from 0 to %d, got \"%s\""
            .formatted(option.name(), MOST_SECONDS, value));
  }

  void applyTo(FuseServer server) {
    server.requestDeadline(report, abort);
  }
}
