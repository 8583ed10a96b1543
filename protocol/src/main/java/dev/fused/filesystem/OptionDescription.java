package dev.fused.filesystem;

import java.util.List;

/**
 * An option as users meet it. From one description come the word after {@code -o}, the option of
 * the command line ({@code --max-write} for {@code max_write}), the line of a file, and what help
 * and manual say.
 *
 * @param name the word: lower case, with "_" between its parts
 * @param aliases further words that mean the same
 * @param value what stands for the value in help, as {@code SIZE}; empty if the option has none
 * @param text whole sentences for users, with the default
 */
public record OptionDescription(String name, List<String> aliases, String value, String text) {
  public OptionDescription {
    aliases = List.copyOf(aliases);
  }

  /** An option without a value. */
  public static OptionDescription flag(String name, String text) {
    return new OptionDescription(name, List.of(), "", text);
  }

  /** An option with a value. */
  public static OptionDescription of(String name, String value, String text) {
    return new OptionDescription(name, List.of(), value, text);
  }

  /** The same option, under further names too. */
  public OptionDescription alsoNamed(String... names) {
    return new OptionDescription(name, List.of(names), value, text);
  }

  public boolean hasValue() {
    return !value.isEmpty();
  }

  /** True if {@code word} is the name or an alias. */
  public boolean isNamed(String word) {
    return name.equals(word) || aliases.contains(word);
  }
}
