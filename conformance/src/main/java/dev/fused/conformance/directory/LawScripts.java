package dev.fused.conformance.directory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The Python scripts with the laws, and what runs them. */
public final class LawScripts {
  /** What the laws are about, in the order in which they run. */
  public static final List<String> TOPICS =
      List.of(
          "errno",
          "file",
          "mapping",
          "directory",
          "attribute",
          "acl",
          "time",
          "lock",
          "limit",
          "handle");

  /** Runs scripts; its text says with which arguments. */
  public static final String RUNNER = "run.py";

  private static final List<String> OTHERS = List.of(RUNNER, "laws.py", "needs.py", "kernel.py");

  private LawScripts() {}

  /** The name of the file with the laws of a topic. */
  public static String scriptOf(String topic) {
    return topic + "_laws.py";
  }

  /**
   * Writes all scripts to an existing directory, from which Python can run them.
   *
   * @throws IOException if that fails
   */
  public static void extractTo(Path directory) throws IOException {
    for (String name : names()) {
      Files.writeString(directory.resolve(name), read(name));
    }
  }

  private static List<String> names() {
    return Stream.concat(OTHERS.stream(), TOPICS.stream().map(LawScripts::scriptOf)).toList();
  }

  static String read(String name) {
    try (InputStream script = LawScripts.class.getResourceAsStream(name)) {
      Objects.requireNonNull(script, () -> "there is no script " + name);
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
