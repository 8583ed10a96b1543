package dev.fused.conformance.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.fused.conformance.Result.Outcome;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RunnerLineTest {
  @Test
  void aLineSaysWhatCameOfALaw() {
    assertThat(RunnerLine.parse("failed\tfile\ta_law\t1500\tcame to 1, expected 2"))
        .isEqualTo(
            new RunnerLine.Ended(
                "file", "a_law", Outcome.FAILED, Duration.ofNanos(1500), "came to 1, expected 2"));
    assertThat(RunnerLine.parse("passed\tfile\ta_law\t7\t"))
        .isEqualTo(new RunnerLine.Ended("file", "a_law", Outcome.PASSED, Duration.ofNanos(7), ""));
    assertThat(RunnerLine.parse("running\tfile\ta_law"))
        .isEqualTo(new RunnerLine.Running("file", "a_law"));
  }

  @Test
  void whatSeparatesFieldsAndLinesIsEscaped() {
    assertThat(RunnerLine.parse("directory\t/a\\tb\\nc\\\\n$1"))
        .isEqualTo(new RunnerLine.Directory("/a\tb\nc\\n$1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "running", "passed\tfile\ta_law", "passed\tfile\ta_law\tx\t", "other\t1"})
  void anyOtherLineIsRefusedAndShown(String line) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RunnerLine.parse(line))
        .withMessage("not a line of a runner: \"" + line + "\"");
  }
}
