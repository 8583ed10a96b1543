package dev.fused.it.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * A directory on the mount under test and one on tmpfs, in which the same is done.
 *
 * @param mounted the one on the mount
 * @param tmpfs the one on tmpfs
 */
public record TwinDirectories(Path mounted, Path tmpfs) {
  /** Does the same on tmpfs and on the mount, requires the same result, and returns it. */
  public <T> T same(Function<Path, T> action) {
    T expected = action.apply(tmpfs);
    T actual = action.apply(mounted);
    assertSame(String.valueOf(actual), String.valueOf(expected));
    assertThat(actual).isEqualTo(expected);
    return actual;
  }

  /** Requires equal texts; shows only the lines that differ, since listings are long. */
  public static void assertSame(String actual, String expected) {
    List<String> actualLines = actual.lines().toList();
    List<String> expectedLines = expected.lines().toList();
    if (!actualLines.equals(expectedLines)) {
      assertThat(without(actualLines, expectedLines))
          .as("lines that are not expected, compared with those that are missing")
          .isEqualTo(without(expectedLines, actualLines));
      assertThat(actualLines).as("order of lines").isEqualTo(expectedLines);
    }
  }

  private static List<String> without(List<String> lines, List<String> others) {
    Set<String> known = new HashSet<>(others);
    return lines.stream().filter(line -> !known.contains(line)).toList();
  }

  /** Runs lines of bash in both, and requires the same output and status 0. */
  public String sameOutput(String script) {
    return same(directory -> Command.shell(script).in(directory).output());
  }

  /** Runs a command in both, and requires that both succeed; their output may differ. */
  public void both(Function<Path, Command> command) {
    command.apply(tmpfs).output();
    command.apply(mounted).output();
  }
}
