package dev.fused.conformance.directory;

import dev.fused.conformance.ReportedLaw;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A law of what system calls do: a function of a script.
 *
 * @param topic the script's name, without what all end with
 * @param name the function's name
 * @param needs what it needs beyond an ordinary directory; where that is missing, it is skipped
 */
public record DirectoryLaw(String topic, String name, List<String> needs) implements ReportedLaw {
  private static final Pattern FUNCTION =
      Pattern.compile("^@law\\((.*?)\\)\\ndef (\\w+)\\(", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern NEEDS = Pattern.compile("needs=\\[([^]]*)]");
  private static final Pattern COMMA = Pattern.compile(",\\s*");

  public DirectoryLaw {
    needs = List.copyOf(needs);
  }

  /** All laws, by topic, in the order of the scripts. */
  public static List<DirectoryLaw> all() {
    return LawScripts.TOPICS.stream().flatMap(DirectoryLaw::ofTopic).toList();
  }

  private static Stream<DirectoryLaw> ofTopic(String topic) {
    return FUNCTION
        .matcher(LawScripts.read(LawScripts.scriptOf(topic)))
        .results()
        .map(found -> new DirectoryLaw(topic, found.group(2), needs(found.group(1))));
  }

  private static List<String> needs(String decorator) {
    Matcher needs = NEEDS.matcher(decorator);
    return needs.find()
        ? Arrays.stream(COMMA.split(needs.group(1).strip(), 0)).map(DirectoryLaw::words).toList()
        : List.of();
  }

  private static String words(String name) {
    return name.replace('_', ' ');
  }

  @Override
  public String sentence() {
    return words(name);
  }

  /** By which {@code run.py} knows it. */
  String fullName() {
    return topic + "." + name;
  }
}
