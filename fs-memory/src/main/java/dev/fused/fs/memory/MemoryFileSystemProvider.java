package dev.fused.fs.memory;

import com.sun.management.OperatingSystemMXBean;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.filesystem.OptionDescription;
import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes memory file systems from options as tmpfs has them. Public for {@link
 * java.util.ServiceLoader}.
 */
public final class MemoryFileSystemProvider implements FuseFileSystemProvider {
  private static final String SIZE = "size";
  private static final String INODES = "inodes";
  private static final String NR_INODES = "nr_inodes";
  private static final String MODE = "mode";
  private static final String UID = "uid";
  private static final String GID = "gid";
  private static final String LOCKS = "locks";
  private static final String DATA = "data";
  private static final String NOATIME = "noatime";
  private static final String NODIRATIME = "nodiratime";
  private static final String STRICTATIME = "strictatime";

  private static final List<OptionDescription> OPTIONS =
      List.of(
          OptionDescription.of(
              SIZE,
              "SIZE",
              "Most bytes of file data, counted in pages of 4096: a number with k, m, g or t, or a"
                  + " part of the memory as 50%, which is the default. Memory is taken when it is"
                  + " written to."),
          OptionDescription.of(
                  INODES,
                  "COUNT",
                  "Most files, directories and further links: a number with k, m, g or t. By"
                      + " default one for two pages of size, as far as the Java heap has room. With more"
                      + " than that the limit is four fifths of the heap.")
              .alsoNamed(NR_INODES),
          OptionDescription.of(
              MODE, "MODE", "Permissions of the root directory, octal; 1777 by default."),
          OptionDescription.of(UID, "UID", "Owner of the root directory, a number; 0 by default."),
          OptionDescription.of(GID, "GID", "Group of the root directory, a number; 0 by default."),
          OptionDescription.of(
              LOCKS,
              "NAME",
              "Who keeps the locks of fcntl(2) and flock(2): kernel, the default, or server, with"
                  + " the same rules, at the price of a request for each lock and each close(2)."),
          OptionDescription.of(
              DATA,
              "NAME",
              "The way of file data: passthrough (in the kernel, no requests; Linux 6.9, root),"
                  + " cached (open and close are no requests), direct (each read and write is one),"
                  + " or auto, the default, which caches data and asks at open."),
          OptionDescription.flag(NOATIME, "Reading does not change access times."),
          OptionDescription.flag(
              NODIRATIME, "Listing does not change access times of directories."),
          OptionDescription.flag(
              STRICTATIME, "Each read that the kernel sends changes the access time."));

  private static final Pattern NUMBER = Pattern.compile("(\\d{1,18})([kmgt%]?)");
  private static final String SUFFIXES = "kmgt";
  private static final int ROOT_MODE = 01777;
  private static final int MAX_MODE = 07777;
  private static final long MAX_ID = 0xffff_fffeL;

  /** The part of the heap that users may fill with extended attributes and link targets. */
  private static final int METADATA_SHARE = 8;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public String description() {
    return "files in memory, as tmpfs, with limits";
  }

  @Override
  public List<OptionDescription> options() {
    return OPTIONS;
  }

  @Override
  public FuseFileSystem create(Map<String, String> options, InstantSource clock) {
    if (options.containsKey(INODES) && options.containsKey(NR_INODES)) {
      throw new IllegalArgumentException("inodes and nr_inodes are the same: give one of them");
    }
    long heap = Runtime.getRuntime().maxMemory();
    long size = size(options.getOrDefault(SIZE, "50%"));
    String inodesName = options.containsKey(NR_INODES) ? NR_INODES : INODES;
    String inodesValue = options.get(inodesName);
    long inodes =
        inodesValue == null
            ? Math.clamp(size / PageArena.PAGE_SIZE / 2, 1, HeapGuard.mostInodes())
            : count(inodesName, inodesValue);
    return new MemoryFileSystem(
        new MemoryOptions(
            size,
            inodes,
            heap / METADATA_SHARE,
            mode(options.getOrDefault(MODE, Integer.toOctalString(ROOT_MODE))),
            id(UID, options.getOrDefault(UID, "0")),
            id(GID, options.getOrDefault(GID, "0")),
            serverLocks(options.getOrDefault(LOCKS, "kernel")),
            accessTimes(options),
            dataPath(options.getOrDefault(DATA, DataPath.AUTO.option()))),
        clock);
  }

  private static long size(String value) {
    Matcher matcher = NUMBER.matcher(value.toLowerCase(Locale.ROOT));
    long size = 0;
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      size = matcher.group(2).equals("%") ? percent(number) : scaled(number, matcher.group(2));
    }
    if (size < PageArena.PAGE_SIZE) {
      throw wrong(SIZE, value, "at least 4096 bytes, as 512m, 4g, 1073741824 or 50%");
    }
    return size;
  }

  private static long count(String option, String value) {
    Matcher matcher = NUMBER.matcher(value.toLowerCase(Locale.ROOT));
    long count = 0;
    if (matcher.matches() && !matcher.group(2).equals("%")) {
      count = scaled(Long.parseLong(matcher.group(1)), matcher.group(2));
    }
    if (count < 1) {
      throw wrong(option, value, "a number of at least 1, as 1m or 200000");
    }
    return count;
  }

  private static int mode(String value) {
    try {
      int mode = Integer.parseInt(value, 8);
      if (mode >= 0 && mode <= MAX_MODE) {
        return mode;
      }
    } catch (NumberFormatException notOctal) {
      // Falls through to the sentence that says so.
    }
    throw wrong(MODE, value, "an octal number from 0 to 7777");
  }

  /** Ids are unsigned; the largest one stands for none. */
  private static int id(String option, String value) {
    try {
      long id = Long.parseLong(value);
      if (id >= 0 && id <= MAX_ID) {
        return (int) id;
      }
    } catch (NumberFormatException notNumber) {
      // Falls through to the sentence that says so.
    }
    throw wrong(option, value, "a number from 0 to " + MAX_ID);
  }

  private static boolean serverLocks(String value) {
    return switch (value) {
      case "kernel" -> false;
      case "server" -> true;
      default -> throw wrong(LOCKS, value, "kernel or server");
    };
  }

  private static DataPath dataPath(String value) {
    for (DataPath path : DataPath.values()) {
      if (path.option().equals(value)) {
        return path;
      }
    }
    throw wrong(DATA, value, "auto, cached, direct or passthrough");
  }

  private static AccessTimes accessTimes(Map<String, String> options) {
    AccessTimes.Rule rule = AccessTimes.Rule.RELATIME;
    if (options.containsKey(NOATIME)) {
      rule = AccessTimes.Rule.NOATIME;
    } else if (options.containsKey(STRICTATIME)) {
      rule = AccessTimes.Rule.STRICTATIME;
    }
    return new AccessTimes(rule, !options.containsKey(NODIRATIME));
  }

  /** 0 if it is more than fits. */
  private static long scaled(long number, String suffix) {
    int shift = suffix.isEmpty() ? 0 : 10 * (SUFFIXES.indexOf(suffix) + 1);
    return number > Long.MAX_VALUE >> shift ? 0 : number << shift;
  }

  private static long percent(long number) {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return number > 100 ? 0 : system.getTotalMemorySize() / 100 * number;
  }

  private static IllegalArgumentException wrong(String option, String value, String expectation) {
    return new IllegalArgumentException(
        "option %s is \"%s\", but must be %s".formatted(option, value, expectation));
  }
}
