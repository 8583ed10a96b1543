package dev.fused.conformance.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.fused.conformance.Result;
import dev.fused.conformance.Result.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a shell in the place of Python: it says what {@code run.py} would. */
final class DirectoryCheckTest {
  private static final DirectoryLaw FIRST = new DirectoryLaw("file", "first_law", List.of());
  private static final DirectoryLaw SECOND = new DirectoryLaw("file", "second_law", List.of());

  @TempDir private Path directory;

  private final List<DirectoryLaw> begun = new ArrayList<>();
  private final List<Result> ended = new ArrayList<>();
  private Path checked;

  @BeforeEach
  void makeDirectory() throws IOException {
    checked = Files.createDirectory(directory.resolve("checked"));
  }

  @Test
  void whatTheRunnerSaysBecomesResults() throws IOException {
    assertThat(
            run(
                """
                printf 'directory\\t/work\\n'
                printf 'running\\tfile\\tfirst_law\\n'
                printf 'passed\\tfile\\tfirst_law\\t3\\t\\n'
                printf 'running\\tfile\\tsecond_law\\n'
                printf 'skipped\\tfile\\tsecond_law\\t4\\tno such thing: EPERM\\n'
                """))
        .isEmpty();

    assertThat(begun).containsExactly(FIRST, SECOND);
    assertThat(ended).extracting(Result::law).containsExactly(FIRST, SECOND);
    assertThat(ended).extracting(Result::outcome).containsExactly(Outcome.PASSED, Outcome.SKIPPED);
    assertThat(ended.getLast().reason()).isEqualTo("no such thing: EPERM");
    assertThat(ended.getLast().column().name()).isEqualTo(checked.toString());
  }

  @Test
  void theRunnerIsToldWhereHowLongAndWhich() throws IOException {
    run("printf 'directory\\t/work\\n'; shift 4; echo \"$@\" >&2; exit 9");

    assertThat(ended.getFirst().reason())
        .contains(checked + " 2.5 errno_laws.py,file_laws.py", "file.first_law file.second_law");
  }

  @Test
  void whatIsNotRunHasFailed() throws IOException {
    run(
        """
        printf 'directory\\t/work\\n'
        printf 'passed\\tfile\\tfirst_law\\t3\\t\\n'
        echo the last words >&2
        exit 7
        """);

    assertThat(ended).extracting(Result::outcome).containsExactly(Outcome.PASSED, Outcome.FAILED);
    assertThat(ended.getLast().law()).isEqualTo(SECOND);
    assertThat(ended.getLast().reason())
        .isEqualTo("not run: Python ended with status 7 and said: the last words");
  }

  @Test
  void whatCannotBeRemovedIsTold() throws IOException {
    assertThat(
            run(
                """
                printf 'directory\\t/work\\n'
                printf 'passed\\tfile\\tfirst_law\\t3\\t\\n'
                printf 'passed\\tfile\\tsecond_law\\t3\\t\\n'
                echo /work: ENOTEMPTY >&2
                exit 2
                """))
        .isEqualTo("cannot remove what was made there: /work: ENOTEMPTY");
    assertThat(ended).hasSize(2);
  }

  @Test
  void aSignalEndsItWithoutResultsOfWhatDidNotRun() {
    assertThatIOException()
        .isThrownBy(() -> run("printf 'directory\\t/work\\n'; exit 143"))
        .withMessageContaining("told to end");
    assertThat(ended).isEmpty();
  }

  @Test
  void aDirectoryThatCannotBeUsedIsASentence() {
    assertThatIOException()
        .isThrownBy(() -> run("echo /x: EROFS >&2; exit 2"))
        .withMessage("no directory can be made in %s: /x: EROFS", checked);
    assertThatIOException()
        .isThrownBy(() -> new DirectoryCheck(directory.resolve("missing"), Duration.ofSeconds(1)))
        .withMessageContaining("is not a directory");
  }

  @Test
  void aPythonThatIsTooOldOrMissingIsASentence() {
    assertThatIOException()
        .isThrownBy(() -> run("echo python3 is Python 3.6 >&2; exit 3"))
        .withMessageContaining("python3 is Python 3.6: ")
        .withMessageContaining("install Python 3.9 or later");
    assertThatIOException()
        .isThrownBy(() -> check(List.of("/nonexistent/python3")))
        .withMessageContaining("/nonexistent/python3 cannot be started: ")
        .withMessageContaining("apt-get install python3");
  }

  @Test
  void nothingIsLeftInTheDirectoryForTemporaryFiles() throws IOException {
    run("printf 'directory\\t/work\\n'; shift 3; echo \"$1\" >&2; exit 1");
    String said = ended.getFirst().reason();

    assertThat(Path.of(said.substring(said.indexOf('/'))).getParent()).doesNotExist();
  }

  private String run(String script) throws IOException {
    Path file = Files.writeString(directory.resolve("python"), script);
    return check(List.of("sh", file.toString()));
  }

  /** Returns what is left behind, or nothing. */
  private String check(List<String> python) throws IOException {
    try (DirectoryCheck check = new DirectoryCheck(checked, Duration.ofMillis(2500), python)) {
      check.run(
          List.of(FIRST, SECOND),
          new DirectoryCheck.Listener() {
            @Override
            public void running(DirectoryLaw law) {
              begun.add(law);
            }

            @Override
            public void ended(Result result) {
              ended.add(result);
            }
          });
      String left = check.leftBehind();
      return left == null ? "" : left;
    }
  }
}
