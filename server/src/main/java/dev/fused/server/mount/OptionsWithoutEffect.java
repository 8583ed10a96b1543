package dev.fused.server.mount;

import static dev.fused.server.linux.Libc.MS_NOATIME;
import static dev.fused.server.linux.Libc.MS_NODIRATIME;
import static dev.fused.server.linux.Libc.MS_RELATIME;
import static dev.fused.server.linux.Libc.MS_STRICTATIME;

import dev.fused.filesystem.OptionDescription;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which options were given to the server of a mount that somebody else made, and can have an effect
 * only if they are given to mount(2).
 */
public final class OptionsWithoutEffect {
  /** These are kept by the file system, whatever the mount was made with. */
  private static final int ACCESS_TIMES = MS_NOATIME | MS_RELATIME | MS_STRICTATIME | MS_NODIRATIME;

  private OptionsWithoutEffect() {}

  /**
   * Those that the mount does not have.
   *
   * @param mount empty if it is not seen, so that nobody knows what it has
   */
  public static List<String> of(MountOptions options, Optional<MountInfo> mount) {
    Set<String> there = mount.map(OptionsWithoutEffect::wordsOf).orElse(Set.of());
    List<String> missing = new ArrayList<>();
    int changed = (options.flags() ^ MountOptions.defaults().flags()) & ~ACCESS_TIMES;
    for (OptionDescription option : MountOptions.descriptions()) {
      String name = option.name();
      if (OptionWords.find(name) instanceof OptionWord.Flag(int set, int clear)) {
        boolean given =
            (changed & (set != 0 ? options.flags() & set : ~options.flags() & clear)) != 0;
        boolean kept = set != 0 ? there.contains(name) : lacks(there, "no" + name);
        if (given && !kept) {
          missing.add(name);
        }
      }
    }
    options.kernelData().forEach((name, value) -> addMissing(missing, there, name, value));
    missing.remove("default_permissions"); // not asked for, but needed; see FuseServer
    for (String name : List.of("fsname", "subtype")) {
      options.given(name).ifPresent(value -> addMissing(missing, there, name, value));
    }
    if (mount.isEmpty() && options.autoUnmount()) {
      missing.add("auto_unmount");
    }
    return missing;
  }

  private static boolean lacks(Set<String> there, String word) {
    return !there.isEmpty() && !there.contains(word);
  }

  private static void addMissing(
      List<String> missing, Set<String> there, String name, String value) {
    String word = value.isEmpty() ? name : name + "=" + value;
    if (!there.contains(word)) {
      missing.add(word);
    }
  }

  private static Set<String> wordsOf(MountInfo mount) {
    Set<String> words = new HashSet<>(mount.options());
    words.addAll(mount.superOptions());
    words.add("fsname=" + mount.source());
    words.add("subtype=" + mount.type().substring(mount.type().indexOf('.') + 1));
    return words;
  }
}
