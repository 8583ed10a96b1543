package dev.fused.it.support;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The transport of test mounts that ask for none: that of the system property {@code
 * fused.it.transport}, by which the same tests run once more over io_uring.
 */
final class TestTransport {
  private static final @Nullable String WORD = System.getProperty("fused.it.transport");

  private TestTransport() {}

  /** The mount option, if there is one to add. */
  static List<String> options() {
    return WORD == null ? List.of() : List.of("transport=" + WORD);
  }

  /** The same for the command line. */
  static List<String> arguments() {
    return WORD == null ? List.of() : List.of("--transport", WORD);
  }

  static boolean isIoUring() {
    return "io_uring".equals(WORD);
  }
}
