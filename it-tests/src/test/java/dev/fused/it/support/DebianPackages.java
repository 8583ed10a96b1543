package dev.fused.it.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The table {@code debian-packages.txt}: which package brings which program. */
final class DebianPackages {
  private static final Map<String, String> PACKAGES = read();

  private DebianPackages() {}

  /**
   * The package to install for a program.
   *
   * @throws IllegalArgumentException if the table lacks the program
   */
  static String packageOf(String program) {
    String name = PACKAGES.get(program);
    if (name == null) {
      throw new IllegalArgumentException("debian-packages.txt has no line for " + program);
    }
    return name;
  }

  private static Map<String, String> read() {
    Map<String, String> packages = new HashMap<>();
    try {
      for (String line : Files.readAllLines(Resources.path("debian-packages.txt"))) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        List<String> words = Arrays.asList(line.strip().split(" +", -1));
        words.subList(1, words.size()).forEach(program -> packages.put(program, words.getFirst()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packages;
  }
}
