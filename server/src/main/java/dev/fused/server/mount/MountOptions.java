package dev.fused.server.mount;

import static dev.fused.server.linux.Libc.MS_NODEV;
import static dev.fused.server.linux.Libc.MS_NOSUID;
import static dev.fused.server.linux.Libc.MS_RDONLY;

import dev.fused.filesystem.OptionDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options of a mount: those of mount(2), those of the session, and the rest, which is for the
 * file system.
 *
 * <p>Of options that contradict each other the later one wins. Without any, a mount is nosuid and
 * nodev. Immutable.
 */
public final class MountOptions {
  private static final MountOptions DEFAULTS =
      new MountOptions(MS_NOSUID | MS_NODEV, Map.of(), Map.of(), Map.of());

  private final int flags;
  private final Map<String, String> kernelData;
  private final Map<String, String> settings;
  private final Map<String, String> remaining;

  private MountOptions(
      int flags,
      Map<String, String> kernelData,
      Map<String, String> settings,
      Map<String, String> remaining) {
    this.flags = flags;
    this.kernelData = kernelData;
    this.settings = settings;
    this.remaining = remaining;
  }

  /** What users read of the options that the mount knows, in the order of the manual. */
  public static List<OptionDescription> descriptions() {
    return OptionWords.descriptions();
  }

  /** No option given. */
  public static MountOptions defaults() {
    return DEFAULTS;
  }

  /**
   * The options of a list as it stands after {@code -o}; see {@link #withOptions}.
   *
   * @throws MountOptionException if one of them is wrong
   */
  public static MountOptions parse(String list) {
    return DEFAULTS.withOptions(list);
  }

  /**
   * These options, then those of a list that is separated by commas. A backslash takes the meaning
   * from the character after it, so {@code fsname=a\,b} is one option. Empty items are skipped.
   *
   * @throws MountOptionException if one of them is wrong
   */
  public MountOptions withOptions(String list) {
    MountOptions options = this;
    for (String option : split(list)) {
      options = options.withOption(option);
    }
    return options;
  }

  /**
   * These options, then one more: {@code name} or {@code name=value}, taken literally. A name that
   * the mount does not know is put into {@link #remaining()}.
   *
   * @throws MountOptionException if its value is wrong or the option is never allowed
   */
  public MountOptions withOption(String option) {
    int equals = option.indexOf('=');
    String name = OptionWords.nameOf(equals < 0 ? option : option.substring(0, equals));
    String value = equals < 0 ? null : option.substring(equals + 1);
    if (name.isEmpty()) {
      throw new MountOptionException("mount option \"" + option + "\" has no name");
    }
    return switch (OptionWords.find(name)) {
      case OptionWord.Flag(int set, int clear) -> {
        ValueRule.NONE.accept(name, value);
        yield new MountOptions((flags & ~clear) | set, kernelData, settings, remaining);
      }
      case OptionWord.KernelData(ValueRule rule) -> {
        Map<String, String> more = with(kernelData, name, rule.accept(name, value));
        yield new MountOptions(flags, more, settings, remaining);
      }
      case OptionWord.Setting(ValueRule rule) -> {
        Map<String, String> more = with(settings, name, rule.accept(name, value));
        yield new MountOptions(flags, kernelData, more, remaining);
      }
      case OptionWord.NoEffect(ValueRule rule) -> {
        rule.accept(name, value);
        yield this;
      }
      case OptionWord.Refused(String reason) ->
          throw new MountOptionException("mount option \"" + name + "\" is refused: " + reason);
      case null -> {
        Map<String, String> more = with(remaining, name, value == null ? "" : value);
        yield new MountOptions(flags, kernelData, settings, more);
      }
    };
  }

  /** True if the flag of mount(2) is in force that an option such as {@code noatime} sets. */
  public boolean hasFlag(String name) {
    return OptionWords.find(name) instanceof OptionWord.Flag(int set, int clear)
        && set != 0
        && (flags & set) == set;
  }

  public boolean isReadOnly() {
    return (flags & MS_RDONLY) != 0;
  }

  /** True if everyone may use the mount, not only processes of the user who mounted. */
  public boolean allowOther() {
    return kernelData.containsKey("allow_other");
  }

  /** True if the kernel checks permission bits itself. */
  public boolean defaultPermissions() {
    return kernelData.containsKey("default_permissions");
  }

  /** What is shown as the device of the mount; "fused" if not given. */
  public String fsname() {
    return settings.getOrDefault("fsname", "fused");
  }

  /** What follows "fuse." in the type of the mount; "fused" if not given. */
  public String subtype() {
    return settings.getOrDefault("subtype", "fused");
  }

  /** Most bytes of one WRITE, 4 KiB to 256 MiB, if given. */
  public OptionalInt maxWrite() {
    return setting("max_write");
  }

  /** Most bytes that the kernel reads ahead, up to 1 GiB, if given. */
  public OptionalInt maxReadahead() {
    return setting("max_readahead");
  }

  /** Most background requests at a time, 1 to 65535, if given. */
  public OptionalInt maxBackground() {
    return setting("max_background");
  }

  /** Number of background requests that counts as congestion, 1 to 65535, if given. */
  public OptionalInt congestionThreshold() {
    return setting("congestion_threshold");
  }

  /** Seconds after which an unanswered request ends the mount, 1 to 65535, if given. */
  public OptionalInt requestTimeout() {
    return setting("request_timeout");
  }

  /** True if the mount may be idmapped. */
  public boolean idmap() {
    return settings.containsKey("idmap");
  }

  /** Threads that read requests, 1 to 1024, if given. */
  public OptionalInt loops() {
    return setting("loops");
  }

  /** How requests are to come from the kernel; {@link Transport#AUTO} if not given. */
  public Transport transport() {
    String word = settings.get("transport");
    return word == null ? Transport.AUTO : Transport.of(word);
  }

  /** The file to which all messages are to be written, if any. */
  public Optional<Path> capture() {
    return Optional.ofNullable(settings.get("capture")).map(Path::of);
  }

  /** True if the mount is to go when its server dies. */
  public boolean autoUnmount() {
    return settings.containsKey("auto_unmount");
  }

  /** True if requests and replies are to be logged. */
  public boolean debug() {
    return settings.containsKey("debug");
  }

  /**
   * What the mount does not know, by name, in order; the value is "" for an option without one. It
   * is for the file system.
   */
  public Map<String, String> remaining() {
    return remaining;
  }

  /**
   * Returns if each of {@link #remaining()} is one of {@code knownToFileSystem}.
   *
   * @throws MountOptionException naming the first that nobody knows, and the nearest known word
   */
  public void refuseUnknown(Collection<String> knownToFileSystem) {
    for (String name : remaining.keySet()) {
      if (!knownToFileSystem.contains(name)) {
        Set<String> known = new HashSet<>(OptionWords.names());
        known.addAll(knownToFileSystem);
        throw MountOptionException.unknown(name, known);
      }
    }
  }

  /** These options, but with another {@link #remaining()}, once somebody has taken his out. */
  public MountOptions withRemaining(Map<String, String> rest) {
    return new MountOptions(
        flags, kernelData, settings, Collections.unmodifiableMap(new LinkedHashMap<>(rest)));
  }

  /** These options without {@link #remaining()}, once the file system has taken that. */
  public MountOptions withoutRemaining() {
    return new MountOptions(flags, kernelData, settings, Map.of());
  }

  /** The flags of mount(2). */
  int flags() {
    return flags;
  }

  /** What is given to mount(2) as data, by name; the value is "" for an option without one. */
  Map<String, String> kernelData() {
    return kernelData;
  }

  /** The value of an option of the session, if it was given; "" for one without. */
  Optional<String> given(String setting) {
    return Optional.ofNullable(settings.get(setting));
  }

  /** The type of mount(2), {@code fuse.SUBTYPE}. */
  String type() {
    return "fuse." + subtype();
  }

  /** The data string of mount(2) for a directory as the mount point. */
  String data(int fd, int uid, int gid) {
    List<String> data = new ArrayList<>();
    data.add("fd=" + fd);
    data.add("rootmode=40000");
    data.add("user_id=" + Integer.toUnsignedString(uid));
    data.add("group_id=" + Integer.toUnsignedString(gid));
    // A security context may hold a comma; the kernel takes quotes around it, and no escapes.
    kernelData.forEach(
        (name, value) -> data.add(pair(name, value.contains(",") ? '"' + value + '"' : value)));
    return String.join(",", data);
  }

  /** The options as {@code fusermount3 -o} takes them, which has defaults of its own. */
  String fusermountWords() {
    List<String> words = new ArrayList<>();
    for (OptionDescription option : OptionWords.descriptions()) {
      boolean isRule = option.name().equals("relatime"); // for the kernel; fusermount3 has no word
      if (hasFlag(option.name()) && !isRule) {
        words.add(option.name());
      }
    }
    if ((flags & MS_NOSUID) == 0) {
      words.add("suid");
    }
    if ((flags & MS_NODEV) == 0) {
      words.add("dev");
    }
    kernelData.forEach((name, value) -> words.add(escaped(pair(name, value))));
    words.add(escaped("fsname=" + fsname()));
    words.add(escaped("subtype=" + subtype()));
    return String.join(",", words);
  }

  private static String escaped(String word) {
    return word.replace("\\", "\\\\").replace(",", "\\,");
  }

  /** The options that were given a value or handed on, for a log; mount flags as a number. */
  @Override
  public String toString() {
    List<String> words = new ArrayList<>();
    words.add("flags=0x" + Integer.toHexString(flags));
    kernelData.forEach((name, value) -> words.add(pair(name, value)));
    settings.forEach((name, value) -> words.add(pair(name, value)));
    remaining.forEach((name, value) -> words.add(pair(name, value)));
    return String.join(",", words);
  }

  private OptionalInt setting(String name) {
    @Nullable String value = settings.get(name);
    return value == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(value));
  }

  private static String pair(String name, String value) {
    return value.isEmpty() ? name : name + "=" + value;
  }

  private static Map<String, String> with(Map<String, String> map, String name, String value) {
    Map<String, String> copy = new LinkedHashMap<>(map);
    copy.put(name, value);
    return Collections.unmodifiableMap(copy);
  }

  /**
   * The words of a list that is separated by commas, as {@link #withOptions} takes it.
   *
   * @throws MountOptionException if it ends with a backslash
   */
  public static List<String> split(String list) {
    List<String> items = new ArrayList<>();
    StringBuilder item = new StringBuilder();
    for (int i = 0; i < list.length(); i++) {
      char c = list.charAt(i);
      if (c == '\\') {
        if (++i == list.length()) {
          throw new MountOptionException("mount options \"" + list + "\" end with a backslash");
        }
        item.append(list.charAt(i));
      } else if (c == ',') {
        items.add(item.toString());
        item.setLength(0);
      } else {
        item.append(c);
      }
    }
    items.add(item.toString());
    items.removeIf(String::isEmpty);
    return items;
  }
}
