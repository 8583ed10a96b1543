package dev.fused.daemon;

import dev.fused.filesystem.OptionDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.AutoComplete;

/**
 * What the build makes of the command line, for the distribution: the manual page, whose list of
 * options comes from {@link OptionCatalog} and all else from {@code docs/fused.1}, and what bash
 * completes.
 */
public final class Documentation {
  private static final String BEGIN = ".\\\" Begin of what is made from the command line";
  private static final String END = ".\\\" End of what is made from the command line";

  private Documentation() {}

  /**
   * Writes {@code share/man/man1/fused.1} and {@code share/bash-completion/completions/fused}.
   *
   * @param arguments docs/fused.1, and the directory to write to
   */
  public static void main(String[] arguments) throws IOException {
    Path manual = Path.of(arguments[0]);
    Path share = Path.of(arguments[1]).resolve("share");
    write(share.resolve("man/man1/fused.1"), manual(Files.readString(manual)));
    write(share.resolve("bash-completion/completions/fused"), completion());
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** The script that bash reads to complete {@code fused}. */
  static String completion() {
    return AutoComplete.bash("fused", Fused.commandLine());
  }

  /**
   * The manual page, with the list of options as it is now.
   *
   * @throws IllegalArgumentException if {@code page} has no place for it
   */
  static String manual(String page) {
    int begin = page.indexOf(BEGIN);
    int end = page.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("the manual has no line \"" + BEGIN + "\"");
    }
    return page.substring(0, begin) + BEGIN + "\n" + optionLists() + page.substring(end);
  }

  private static String optionLists() {
    StringBuilder text = new StringBuilder();
    for (OptionCatalog.Section section : new OptionCatalog().sections()) {
      text.append(".Ss ").append(section.heading()).append("\n.Bl -tag -width Ds\n");
      section.options().forEach(option -> text.append(item(option)));
      text.append(".El\n");
    }
    return text.toString();
  }

  private static String item(OptionDescription option) {
    List<String> names = new ArrayList<>(List.of(option.name()));
    names.addAll(option.aliases());
    String value =
        option.hasValue() ? " Ns = Ns Ar " + option.value().toLowerCase(Locale.ROOT) : "";
    List<String> forms =
        names.stream()
            .map(name -> "Fl " + DescribedOptions.longName(name).substring(1) + value)
            .toList();
    return ".It " + String.join(" , ", forms) + "\n" + sentences(option.text());
  }

  /** Each sentence begins a line, so that roff sets the space after it; none begins a request. */
  private static String sentences(String text) {
    StringBuilder lines = new StringBuilder();
    for (String sentence : text.replace("\\", "\\e").split("(?<=[a-z0-9)%]\\.) (?=[A-Z])", -1)) {
      lines.append(sentence.matches("[.'].*") ? "\\&" : "").append(sentence).append('\n');
    }
    return lines.toString();
  }
}
