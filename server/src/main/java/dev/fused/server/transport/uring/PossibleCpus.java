package dev.fused.server.transport.uring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How many processors the kernel counts with, also those that are not switched on: the ring of a
 * mount is ready when each of them has a queue with an entry.
 */
final class PossibleCpus {
  private static final Path LIST = Path.of("/sys/devices/system/cpu/possible");

  private PossibleCpus() {}

  /**
   * The number of queues that a mount needs.
   *
   * @throws IOException if the kernel does not say so
   */
  static int count() throws IOException {
    return count(Files.readString(LIST).strip());
  }

  /** The number of processors in a list such as {@code 0-3,8}. */
  static int count(String list) throws IOException {
    int count = 0;
    try {
      for (String range : list.split(",", -1)) {
        int dash = range.indexOf('-');
        int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash));
        int last = dash < 0 ? first : Integer.parseInt(range.substring(dash + 1));
        if (first < 0 || last < first) {
          throw new NumberFormatException(range);
        }
        count += last - first + 1;
      }
    } catch (NumberFormatException e) {
      throw new IOException(LIST + " is \"" + list + "\", not a list of processors", e);
    }
    return count;
  }
}
