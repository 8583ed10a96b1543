package dev.fused.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether standard error goes to systemd's journal: JOURNAL_STREAM in systemd.exec(5). */
final class Journal {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private Journal() {}

  static boolean isStandardError() {
    return is(System.getenv("JOURNAL_STREAM"), STANDARD_ERROR);
  }

  /**
   * True if {@code stream}, a device and an inode number, is the file.
   *
   * @param stream null if there is no journal; children inherit it, and may write elsewhere
   */
  static boolean is(@Nullable String stream, Path file) {
    if (stream == null) {
      return false;
    }
    try {
      Map<String, Object> numbers = Files.readAttributes(file, "unix:dev,ino");
      return stream.equals(numbers.get("dev") + ":" + numbers.get("ino"));
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
