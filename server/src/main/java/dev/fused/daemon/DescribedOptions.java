package dev.fused.daemon;

import dev.fused.filesystem.OptionDescription;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Options of the command line that are made from a catalog: {@code --max-write} for max_write. */
final class DescribedOptions {
  private final List<OptionCatalog.Section> sections;

  DescribedOptions(OptionCatalog catalog) {
    this.sections = catalog.sections();
  }

  /**
   * Adds them all to a command, and groups them in its help.
   *
   * @param words gets {@code name} or {@code name=value} for each that is given
   */
  void addTo(CommandLine command, Consumer<String> words) {
    CommandSpec spec = command.getCommandSpec();
    for (OptionCatalog.Section section : sections) {
      section.options().forEach(option -> spec.addOption(spec(option, words)));
    }
    command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, this::grouped);
  }

  /** The name on the command line. */
  static String longName(String word) {
    return "--" + word.replace('_', '-');
  }

  private static OptionSpec spec(OptionDescription option, Consumer<String> words) {
    List<String> names = new ArrayList<>();
    if (option.name().equals("debug")) {
      names.add("-d");
    }
    names.add(longName(option.name()));
    option.aliases().forEach(alias -> names.add(longName(alias)));
    OptionSpec.Builder spec =
        OptionSpec.builder(names.toArray(String[]::new))
            .description(option.text().replace("%", "%%"))
            .setter(
                new CommandLine.Model.ISetter() {
                  @Override
                  public <T> T set(T value) {
                    // picocli begins each parse with null, or false.
                    if (value != null && !value.equals(false)) {
                      words.accept(option.hasValue() ? option.name() + "=" + value : option.name());
                    }
                    return value;
                  }
                });
    if (option.hasValue()) {
      return spec.type(String.class).arity("1").paramLabel(option.value()).build();
    }
    return spec.type(boolean.class).arity("0").build();
  }

  private String grouped(Help help) {
    Set<String> described = new HashSet<>();
    StringBuilder text = new StringBuilder();
    for (OptionCatalog.Section section : sections) {
      List<OptionSpec> options = new ArrayList<>();
      for (OptionDescription option : section.options()) {
        String name = longName(option.name());
        described.add(name);
        options.add(help.commandSpec().findOption(name));
      }
      text.append("%n%s:%n%s".formatted(section.heading(), list(help, options)));
    }
    List<OptionSpec> own =
        help.commandSpec().options().stream()
            .filter(
                option ->
                    !option.hidden()
                        && Arrays.stream(option.names()).noneMatch(described::contains))
            .toList();
    return list(help, own) + text;
  }

  private static String list(Help help, List<OptionSpec> options) {
    Help.Layout layout = help.createDefaultLayout();
    layout.addOptions(options, help.parameterLabelRenderer());
    return layout.toString();
  }
}
