package dev.fused.daemon;

import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.filesystem.OptionDescription;
import dev.fused.server.mount.MountOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * All options of {@code fused mount} that have a name: those of the file systems that were found,
 * of the daemon, and of the mount. From here come the options of the command line, the words after
 * {@code -o}, the lines of a file, help, manual and completion.
 */
final class OptionCatalog {
  /** Options that belong together; {@code heading} says to what, as in "options of the mount". */
  record Section(String heading, List<OptionDescription> options) {}

  private final List<FuseFileSystemProvider> providers = new ArrayList<>();
  private final List<Section> sections = new ArrayList<>();

  OptionCatalog() {
    ServiceLoader.load(FuseFileSystemProvider.class).forEach(providers::add);
    for (FuseFileSystemProvider provider : providers) {
      add("Options of the file system " + provider.name(), provider.options());
    }
    add("Options of the server", DaemonOptions.ALL);
    add("Options of the mount", MountOptions.descriptions());
  }

  /** What an earlier section has, or the mount too, stands once: where a value can be given. */
  private void add(String heading, List<OptionDescription> options) {
    sections.add(
        new Section(heading, options.stream().filter(o -> find(o.name()).isEmpty()).toList()));
  }

  List<Section> sections() {
    return sections;
  }

  /** The option with this name or alias. */
  Optional<OptionDescription> find(String word) {
    return sections.stream()
        .flatMap(section -> section.options().stream())
        .filter(option -> option.isNamed(word))
        .findFirst();
  }

  /** Names and aliases that the daemon or any file system takes out of a list of words. */
  List<String> wordsBesideThoseOfTheMount() {
    List<OptionDescription> options = new ArrayList<>(DaemonOptions.ALL);
    providers.forEach(provider -> options.addAll(provider.options()));
    return options.stream().map(OptionDescription::name).toList();
  }

  /**
   * The provider with a name.
   *
   * @throws IllegalArgumentException if there is none; the message says which there are
   */
  FuseFileSystemProvider provider(String name) {
    return providers.stream()
        .filter(provider -> provider.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no file system \"%s\"; there is: %s"
                        .formatted(
                            name,
                            providers.stream()
                                .map(FuseFileSystemProvider::name)
                                .collect(Collectors.joining(", ")))));
  }
}
