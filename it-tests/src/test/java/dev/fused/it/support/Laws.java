package dev.fused.it.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * The laws of a Python script {@code *_laws.py}: each holds on tmpfs, and each holds on the mount.
 * A test here is a function there.
 */
public final class Laws {
  /** What a law must come to, and what came of it. */
  private record Outcome(String expected, String actual) {}

  private Laws() {}

  /** Runs a script on both directories; a test for each of its laws. */
  public static Stream<DynamicTest> of(String script, TwinDirectories directories) {
    Map<String, Outcome> onTmpfs = outcomes(script, directories.tmpfs());
    Map<String, Outcome> onMount = outcomes(script, directories.mounted());
    assertThat(onTmpfs).isNotEmpty();
    assertThat(onMount.keySet()).isEqualTo(onTmpfs.keySet());
    return onMount.entrySet().stream()
        .map(
            law ->
                DynamicTest.dynamicTest(
                    law.getKey(), () -> check(onTmpfs.get(law.getKey()), law.getValue())));
  }

  private static void check(Outcome onTmpfs, Outcome onMount) {
    assertThat(onTmpfs.actual()).as("on tmpfs").isEqualTo(onTmpfs.expected());
    assertThat(onMount.actual()).as("on the mount").isEqualTo(onMount.expected());
  }

  private static Map<String, Outcome> outcomes(String script, Path directory) {
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    Command.python(script, directory)
        .output()
        .lines()
        .map(line -> line.split("\t", -1))
        .forEach(fields -> outcomes.put(fields[0], new Outcome(fields[1], fields[2])));
    return outcomes;
  }
}
