package dev.fused.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs each benchmark for a moment: that it runs is what is tested, not how fast. */
final class BenchmarksTest {
  /** From the module's directory, in which Maven runs tests. */
  private static final Path SOURCES = Path.of("src/main/java");

  @Test
  void eachBenchmarkRuns() throws RunnerException, IOException {
    // Other builds on this machine are no reason to wait: nothing is measured here.
    System.setProperty("jmh.ignoreLock", "true");
    Options moment =
        new OptionsBuilder()
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(1))
            .param("entries", "1000")
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();

    Set<String> ran =
        new Runner(moment)
            .run().stream().map(BenchmarksTest::className).collect(Collectors.toSet());

    assertThat(ran).containsExactlyInAnyOrderElementsOf(benchmarkClasses());
  }

  /** What JMH calls a benchmark ends with the names of its class and method. */
  private static String className(RunResult result) {
    List<String> words = List.of(result.getParams().getBenchmark().split("\\.", -1));
    return words.get(words.size() - 2);
  }

  private static List<String> benchmarkClasses() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Benchmark.java"))
          .map(name -> name.replace(".java", ""))
          .toList();
    }
  }
}
