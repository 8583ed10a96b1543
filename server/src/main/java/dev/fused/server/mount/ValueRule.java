package dev.fused.server.mount;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What may stand after the "=" of a mount option. */
@FunctionalInterface
interface ValueRule {
  /** No value at all. */
  ValueRule NONE =
      (name, value) -> {
        if (value != null) {
          throw new MountOptionException(
              "mount option \"%s\" takes no value, got \"%s\"".formatted(name, value));
        }
        return "";
      };

  /** Anything but nothing. */
  ValueRule TEXT =
      (name, value) -> {
        if (value == null || value.isEmpty()) {
          throw new MountOptionException("mount option \"" + name + "\" needs a value");
        }
        return value;
      };

  /** Anything, even nothing. */
  ValueRule ANY = (name, value) -> value == null ? "" : value;

  /**
   * The value to keep.
   *
   * @param value what follows "=", or null without "="
   * @throws MountOptionException if the value is not acceptable
   */
  String accept(String name, @Nullable String value);

  /** One of a few words. */
  static ValueRule oneOf(List<String> words) {
    return (name, value) -> {
      if (value == null || !words.contains(value)) {
        throw new MountOptionException(
            "mount option \"%s\": expected one of %s, got %s"
                .formatted(
                    name, String.join(", ", words), value == null ? "none" : '"' + value + '"'));
      }
      return value;
    };
  }

  /** A whole number, kept as decimal digits. */
  static ValueRule count(long min, long max) {
    return (name, value) -> number(name, value, min, max, "a number", false);
  }

  /** A number of bytes, kept as decimal digits; k, m and g multiply by 1024, 1024² and 1024³. */
  static ValueRule size(long min, long max) {
    return (name, value) -> number(name, value, min, max, "a size (suffix k, m or g)", true);
  }

  private static String number(
      String name, @Nullable String value, long min, long max, String what, boolean suffix) {
    long number = value == null ? -1 : parse(value, suffix);
    if (number < min || number > max) {
      throw new MountOptionException(
          "mount option \"%s\": expected %s from %d to %d, got %s"
              .formatted(name, what, min, max, value == null ? "none" : '"' + value + '"'));
    }
    return Long.toString(number);
  }

  /** The number, or −1 if it is none or too large; twelve digits are more than any option takes. */
  private static long parse(String value, boolean suffix) {
    String lower = value.toLowerCase(Locale.ROOT);
    if (!lower.matches(suffix ? "[0-9]{1,12}[kmg]?" : "[0-9]{1,12}")) {
      return -1;
    }
    int shift =
        switch (lower.charAt(lower.length() - 1)) {
          case 'k' -> 10;
          case 'm' -> 20;
          case 'g' -> 30;
          default -> 0;
        };
    String digits = shift == 0 ? lower : lower.substring(0, lower.length() - 1);
    long number = Long.parseLong(digits);
    return number > Long.MAX_VALUE >> shift ? -1 : number << shift;
  }
}
