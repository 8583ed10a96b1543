package dev.fused.it.support;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What df(1) shows. The space of a removed file is free once the kernel has sent RELEASE and
 * FORGET, which nobody waits for: a moment after rm(1) has returned. So a test waits for what it
 * expects.
 */
public final class FreeSpace {
  private static final Duration SETTLED = Duration.ofSeconds(10);

  /**
   * A function for scripts: {@code settled COLUMN EXPECTED} prints a column of df(1) for the
   * working directory as soon as it has the value expected, or what it is after ten seconds.
   */
  public static final String SETTLED_FUNCTION =
      """
      settled() {
        for _ in $(seq 200); do
          now=$(df --output="$1" . | tail -n 1 | tr -d ' ')
          [ "$now" = "$2" ] && break
          sleep 0.05
        done
        echo "$now"
      }
      """;

  private FreeSpace() {}

  /** A column of df(1), with blocks of 512 bytes; waits until it has the value expected. */
  public static long settled(Path directory, String column, long expected) {
    Waiting.until(() -> show(directory, column) == expected, SETTLED);
    return show(directory, column);
  }

  /** A column of df(1) as it is now, with blocks of 512 bytes. */
  public static long show(Path directory, String column) {
    String shown = Command.of("df", "-B", "512", "--output=" + column, directory).output();
    return Long.parseLong(shown.lines().skip(1).findFirst().orElseThrow().strip());
  }
}
