package dev.fused.daemon.control;

import java.util.Locale;

/** Numbers for people. */
public final class Units {
  private static final String[] SIZES = {"B", "KiB", "MiB", "GiB", "TiB"};

  private Units() {}

  /** Three digits and a unit. */
  public static String time(long nanos) {
    if (nanos < 1_000_000) {
      return String.format(Locale.ROOT, "%.1f us", nanos / 1e3);
    }
    return nanos < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f ms", nanos / 1e6)
        : String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
  }

  /** With the largest unit of which there is at least one. */
  public static String size(long bytes) {
    double scaled = bytes;
    int unit = 0;
    while (scaled >= 1024 && unit < SIZES.length - 1) {
      scaled /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", scaled, SIZES[unit]);
  }

  /** Of a whole; 0 if that is nothing. */
  public static String percent(long part, long whole) {
    return String.format(Locale.ROOT, "%.1f%%", whole <= 0 ? 0 : 100.0 * part / whole);
  }
}
