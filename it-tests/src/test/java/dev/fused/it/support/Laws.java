package dev.fused.it.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.fused.conformance.Result.Outcome;
import dev.fused.conformance.directory.DirectoryLaw;
import dev.fused.conformance.directory.LawScripts;
import dev.fused.conformance.directory.RunnerLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * The laws of the conformance suite for directories, and of scripts like those: each holds on
 * tmpfs, and each holds on the mount. A test here is a function there. What a law needs is there: a
 * skip is one of the test, which CI does not allow.
 */
public final class Laws {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(60);

  /** Of all laws of a script together. */
  private static final Duration SCRIPT_TIME_LIMIT = Duration.ofMinutes(10);

  /** Where Python finds the scripts of the suite. */
  private static final Path SCRIPTS = extract();

  private Laws() {}

  private static Path extract() {
    try {
      Path directory = Files.createTempDirectory("fused-it-laws");
      LawScripts.extractTo(directory);
      directory.toFile().deleteOnExit();
      try (Stream<Path> files = Files.list(directory)) {
        files.forEach(file -> file.toFile().deleteOnExit());
      }
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The directory of the suite's scripts, whose modules others import. */
  static Path scripts() {
    return SCRIPTS;
  }

  /** Runs the laws of a topic in both directories; a test for each. */
  public static Stream<DynamicTest> of(String topic, TwinDirectories directories) {
    List<String> names =
        DirectoryLaw.all().stream()
            .filter(law -> law.topic().equals(topic))
            .map(DirectoryLaw::name)
            .toList();
    Map<String, RunnerLine.Ended> onTmpfs =
        outcomes(LawScripts.scriptOf(topic), directories.tmpfs());
    assertThat(onTmpfs.keySet()).containsExactlyElementsOf(names);
    return tests(onTmpfs, outcomes(LawScripts.scriptOf(topic), directories.mounted()));
  }

  /** Runs a script {@code *_laws.py} of the test resources in both directories. */
  public static Stream<DynamicTest> ofScript(String script, TwinDirectories directories) {
    String path = Resources.path("python/" + script).toString();
    return tests(outcomes(path, directories.tmpfs()), outcomes(path, directories.mounted()));
  }

  private static Stream<DynamicTest> tests(
      Map<String, RunnerLine.Ended> onTmpfs, Map<String, RunnerLine.Ended> onMount) {
    assertThat(onTmpfs).isNotEmpty();
    assertThat(onMount.keySet()).isEqualTo(onTmpfs.keySet());
    return onMount.entrySet().stream()
        .map(
            law ->
                DynamicTest.dynamicTest(
                    law.getKey(),
                    () -> {
                      check("tmpfs", onTmpfs.get(law.getKey()));
                      check("the mount", law.getValue());
                    }));
  }

  private static void check(String where, RunnerLine.Ended law) {
    String what = "on " + where + ": " + law.reason();
    if (law.outcome() == Outcome.SKIPPED && !Requirements.everythingIsRequired()) {
      abort(what);
    }
    if (law.outcome() != Outcome.PASSED) {
      fail(what);
    }
  }

  private static Map<String, RunnerLine.Ended> outcomes(String script, Path directory) {
    return outcomes(script, directory, TIME_LIMIT);
  }

  /**
   * What came of each law of a script of the test resources, in the order in which they ran.
   *
   * @param timeLimit of each law, in whole seconds
   */
  public static Map<String, RunnerLine.Ended> outcomesOfScript(
      String script, Path directory, Duration timeLimit) {
    return outcomes(Resources.path("python/" + script).toString(), directory, timeLimit);
  }

  private static Map<String, RunnerLine.Ended> outcomes(
      String script, Path directory, Duration timeLimit) {
    Map<String, RunnerLine.Ended> outcomes = new LinkedHashMap<>();
    Path runner = SCRIPTS.resolve(LawScripts.RUNNER);
    Command.of("python3", "-B", runner, directory, timeLimit.toSeconds(), script)
        .within(SCRIPT_TIME_LIMIT)
        .output()
        .lines()
        .map(RunnerLine::parse)
        .forEach(
            line -> {
              if (line instanceof RunnerLine.Ended law) {
                outcomes.put(law.name(), law);
              }
            });
    return outcomes;
  }
}
