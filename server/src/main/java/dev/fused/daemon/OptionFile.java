package dev.fused.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of options, one a line: {@code key = value}, or {@code key} alone. Empty lines, and those
 * that begin with "#", say nothing.
 *
 * @param path for messages
 */
record OptionFile(Path path, List<Line> lines) {
  private static final Path DIRECTORY = Path.of("/etc/fused");
  private static final String SUFFIX = ".conf";

  /**
   * @param number from 1
   * @param word as after -o: {@code name} or {@code name=value}
   */
  record Line(int number, String word) {}

  OptionFile {
    lines = List.copyOf(lines);
  }

  /** What {@code --config} means: a path if there is a "/" in it, else /etc/fused/NAME.conf. */
  static Path named(String pathOrName) {
    return pathOrName.contains("/") ? Path.of(pathOrName) : DIRECTORY.resolve(pathOrName + SUFFIX);
  }

  /**
   * Reads a file.
   *
   * @throws IOException if it cannot be read, with a sentence for the user
   */
  static OptionFile read(Path path) throws IOException {
    try {
      return parse(path, Files.readAllLines(path));
    } catch (NoSuchFileException e) {
      throw new IOException("the file of options " + path + " does not exist", e);
    } catch (IOException e) {
      throw new IOException("cannot read the file of options " + path + ": " + e, e);
    }
  }

  static OptionFile parse(Path path, List<String> text) {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < text.size(); i++) {
      String line = text.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        int equals = line.indexOf('=');
        String word =
            equals < 0
                ? line
                : line.substring(0, equals).strip() + "=" + line.substring(equals + 1).strip();
        lines.add(new Line(i + 1, word));
      }
    }
    return new OptionFile(path, lines);
  }
}
