package dev.fused.it.support;

import java.util.List;

/**
 * The transport of test mounts that ask for none: that of the system property {@code
 * fused.it.transport}, by which the same tests run once more over io_uring; epoll without it.
 */
final class TestTransport {
  private static final String WORD = System.getProperty("fused.it.transport", "epoll");

  private TestTransport() {}

  /** The mount option. */
  static String option() {
    return "transport=" + WORD;
  }

  /** The same for the command line. */
  static List<String> arguments() {
    return List.of("-o", option());
  }

  static boolean isIoUring() {
    return "io_uring".equals(WORD);
  }
}
