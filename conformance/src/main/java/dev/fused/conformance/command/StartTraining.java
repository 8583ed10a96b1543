package dev.fused.conformance.command;

import dev.fused.daemon.Fused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the build runs once, so that the JVM can keep the classes of a mount and of serving for
 * later starts. Needs neither root nor /dev/fuse, and mounts nothing.
 */
public final class StartTraining {
  private StartTraining() {}

  /** Fails if a command does not end as it should: it would have trained something else. */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createTempDirectory("fused-training-");
    Path log = directory.resolve("log");
    try {
      String missing = directory.resolve("missing").toString();
      String logFile = log.toString();
      // A server in the background, until it looks for its mount point.
      expect(1, "mount", missing, "--size", "1g", "--log-file", logFile, "--ready-fd", "1");
      expect(0, "conformance", "--kernel", "6.18");
    } finally {
      Files.deleteIfExists(log);
      Files.delete(directory);
    }
  }

  private static void expect(int status, String... arguments) {
    int actual = Fused.run(arguments);
    if (actual != status) {
      throw new IllegalStateException(
          "fused " + String.join(" ", arguments) + " ended with " + actual + ", not " + status);
    }
  }
}
