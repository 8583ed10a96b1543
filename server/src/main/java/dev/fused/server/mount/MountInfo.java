package dev.fused.server.mount;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One mount: a line of {@code /proc/self/mountinfo}, proc_pid_mountinfo(5). The optional fields
 * (propagation) are left out.
 *
 * @param mountId number of the mount; used again after an unmount
 * @param parentId number of the mount on which this one lies
 * @param major major number of the file system's device; 0 for FUSE
 * @param minor minor number of it
 * @param root path inside the file system that appears at the mount point
 * @param mountPoint absolute path
 * @param options options of the mount, {@code rw,nosuid,…}
 * @param type {@code ext4}, {@code fuse.fused}, …
 * @param source what was given as the device
 * @param superOptions options of the file system, {@code rw,user_id=0,…}
 */
public record MountInfo(
    int mountId,
    int parentId,
    int major,
    int minor,
    String root,
    String mountPoint,
    List<String> options,
    String type,
    String source,
    List<String> superOptions) {
  private static final Pattern ESCAPE = Pattern.compile("\\\\([0-3][0-7][0-7])");

  public MountInfo {
    options = List.copyOf(options);
    superOptions = List.copyOf(superOptions);
  }

  /**
   * Reads a line, without its line feed.
   *
   * @throws IllegalArgumentException if it is not a line of mountinfo
   */
  public static MountInfo parse(String line) {
    String[] fields = line.split(" ", -1);
    int separator = 6; // any number of optional fields, then "-"
    while (separator < fields.length && !fields[separator].equals("-")) {
      separator++;
    }
    String[] device = fields.length < separator + 4 ? new String[0] : fields[2].split(":", -1);
    if (device.length != 2) {
      throw new IllegalArgumentException("not a line of mountinfo: \"" + line + "\"");
    }
    return new MountInfo(
        Integer.parseInt(fields[0]),
        Integer.parseInt(fields[1]),
        Integer.parseInt(device[0]),
        Integer.parseInt(device[1]),
        unescape(fields[3]),
        unescape(fields[4]),
        List.of(fields[5].split(",")),
        unescape(fields[separator + 1]),
        unescape(fields[separator + 2]),
        List.of(fields[separator + 3].split(",")));
  }

  /** True for FUSE of any subtype, on a block device or not. */
  public boolean isFuse() {
    return type.equals("fuse")
        || type.startsWith("fuse.")
        || type.equals("fuseblk")
        || type.startsWith("fuseblk.");
  }

  /**
   * The number of a FUSE mount's connection, its name in fusectl: the device as the kernel counts,
   * which is {@code minor} unless the mount is one of a block device.
   */
  public int connection() {
    return major << 20 | minor;
  }

  /** True if the kernel checks permission bits on this FUSE mount itself. */
  public boolean defaultPermissions() {
    return superOptions.contains("default_permissions");
  }

  /** True if this was mounted on a directory of {@code below}. */
  boolean liesOn(MountInfo below) {
    return parentId == below.mountId && mountId != below.mountId;
  }

  /** True if {@code other} is the same mount of the same file system, at whatever place. */
  boolean isSameMountAs(MountInfo other) {
    return mountId == other.mountId && major == other.major && minor == other.minor;
  }

  /** The kernel writes blanks, line feeds, backslashes and "#" as a backslash and three digits. */
  private static String unescape(String field) {
    return ESCAPE
        .matcher(field)
        .replaceAll(
            match -> {
              String character = String.valueOf((char) Integer.parseInt(match.group(1), 8));
              return Matcher.quoteReplacement(character);
            });
  }
}
