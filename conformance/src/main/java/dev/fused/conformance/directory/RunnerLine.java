package dev.fused.conformance.directory;

import dev.fused.conformance.Result.Outcome;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A line that {@code run.py} writes: fields between tabs, in which backslashes escape. */
public sealed interface RunnerLine {
  /** The directory that was made for the laws. */
  record Directory(String path) implements RunnerLine {}

  /** A law begins. */
  record Running(String topic, String name) implements RunnerLine {}

  /** A law has ended; {@code reason} is empty if it holds. */
  record Ended(String topic, String name, Outcome outcome, Duration time, String reason)
      implements RunnerLine {}

  /**
   * What a line says.
   *
   * @throws IllegalArgumentException if it is none of these; the message shows it
   */
  static RunnerLine parse(String line) {
    List<String> fields = Arrays.stream(line.split("\t", -1)).map(Fields::unescape).toList();
    try {
      String word = fields.getFirst();
      return switch (word) {
        case "directory" -> new Directory(fields.get(1));
        case "running" -> new Running(fields.get(1), fields.get(2));
        case "passed" -> ended(Outcome.PASSED, fields);
        case "failed" -> ended(Outcome.FAILED, fields);
        case "skipped" -> ended(Outcome.SKIPPED, fields);
        default -> throw new IllegalArgumentException("unknown word \"" + word + "\"");
      };
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("not a line of a runner: \"" + line + "\"", e);
    }
  }

  private static Ended ended(Outcome outcome, List<String> fields) {
    Duration time = Duration.ofNanos(Long.parseLong(fields.get(3)));
    return new Ended(fields.get(1), fields.get(2), outcome, time, fields.get(4));
  }

  /** How fields are written. */
  final class Fields {
    private static final Pattern ESCAPE = Pattern.compile("\\\\(.)");

    private Fields() {}

    private static String unescape(String field) {
      return ESCAPE
          .matcher(field)
          .replaceAll(escape -> Matcher.quoteReplacement(meaning(escape.group(1))));
    }

    private static String meaning(String escaped) {
      return switch (escaped) {
        case "n" -> "\n";
        case "t" -> "\t";
        default -> escaped;
      };
    }
  }
}
