package dev.fused.daemon;

import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.filesystem.OptionDescription;
import dev.fused.server.mount.MountOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was asked of {@code fused mount}. Of an option that is given more than once the last one
 * counts; so the lines of a file are added first, then the words after {@code -o}, then the options
 * of the command line.
 */
final class RequestedOptions {
  private final OptionCatalog catalog;
  private final List<String> others;
  private final boolean sloppy;
  private MountOptions options = MountOptions.defaults().withOption("default_permissions");

  /**
   * @param sloppy true to leave out what nobody knows, as {@code mount -s} asks, and not refuse it
   */
  RequestedOptions(OptionCatalog catalog, boolean sloppy) {
    this.catalog = catalog;
    this.sloppy = sloppy;
    this.others = catalog.wordsBesideThoseOfTheMount();
  }

  /**
   * Adds the lines of a file.
   *
   * @throws IllegalArgumentException naming file and line if one of them is wrong
   */
  void add(OptionFile file) {
    for (OptionFile.Line line : file.lines()) {
      try {
        add(line.word());
        refuseUnknown();
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            file.path() + ":" + line.number() + ": " + e.getMessage(), e);
      }
    }
  }

  /**
   * Adds the words of a list that is separated by commas.
   *
   * @throws IllegalArgumentException if one of them is wrong
   */
  void addList(String list) {
    for (String word : MountOptions.split(list)) {
      if (isOfMount8(word)) {
        options = options.withOption(word);
      } else {
        add(word);
      }
    }
    refuseUnknown();
  }

  /**
   * Adds {@code name} or {@code name=value}.
   *
   * @throws IllegalArgumentException if its value is wrong
   */
  void add(String word) {
    int equals = word.indexOf('=');
    String name = equals < 0 ? word : word.substring(0, equals);
    String rest = equals < 0 ? "" : word.substring(equals);
    Optional<OptionDescription> known = catalog.find(name);
    if (known.isPresent() && others.contains(known.get().name())) {
      requireValueIfAny(known.get(), rest);
    }
    options = options.withOption(known.map(OptionDescription::name).orElse(name) + rest);
  }

  /** {@code user} and {@code user=NAME}: who may mount, in fstab(5), and who did. */
  private static boolean isOfMount8(String word) {
    return word.equals("user") || word.startsWith("user=");
  }

  private void refuseUnknown() {
    if (sloppy) {
      Map<String, String> known = new LinkedHashMap<>(options.remaining());
      known.keySet().retainAll(others);
      options = options.withRemaining(known);
    }
    options.refuseUnknown(others);
  }

  private static void requireValueIfAny(OptionDescription option, String rest) {
    if (option.hasValue() && rest.isEmpty()) {
      throw new IllegalArgumentException(
          "option \"%s\" needs a value: %s=%s"
              .formatted(option.name(), option.name(), option.value()));
    }
    if (!option.hasValue() && !rest.isEmpty()) {
      throw new IllegalArgumentException(
          "option \"%s\" takes no value, got \"%s\"".formatted(option.name(), rest.substring(1)));
    }
  }

  /** The value of an option of the daemon; "" for one without value. */
  Optional<String> daemon(OptionDescription option) {
    return Optional.ofNullable(options.remaining().get(option.name()));
  }

  /** The file system that was asked for. */
  FuseFileSystemProvider provider() {
    return catalog.provider(daemon(DaemonOptions.FILE_SYSTEM).orElse("memory"));
  }

  /**
   * What is for the file system.
   *
   * @throws IllegalArgumentException naming an option that it does not know
   */
  Map<String, String> forFileSystem(FuseFileSystemProvider provider) {
    Map<String, String> rest = new LinkedHashMap<>(options.remaining());
    DaemonOptions.ALL.forEach(option -> rest.remove(option.name()));
    List<String> known = provider.options().stream().map(OptionDescription::name).toList();
    options.withRemaining(rest).refuseUnknown(known);
    // Access times are up to the file system, and the kernel does not tell it how it was mounted.
    known.stream().filter(options::hasFlag).forEach(name -> rest.put(name, ""));
    return rest;
  }

  /** What is for mount and session. */
  MountOptions forMount() {
    return options.withoutRemaining();
  }
}
