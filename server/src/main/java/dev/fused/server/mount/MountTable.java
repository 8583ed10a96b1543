package dev.fused.server.mount;

import dev.fused.server.linux.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The mounts that this process can see, as {@code /proc/self/mountinfo} had them at one moment.
 * Reading it asks no file system, so a dead FUSE server cannot stop it.
 */
public record MountTable(List<MountInfo> mounts) {
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  public MountTable {
    mounts = List.copyOf(mounts);
  }

  /**
   * The table of now.
   *
   * @throws IOException if /proc is not mounted
   */
  public static MountTable read() throws IOException {
    return parse(new String(Files.readAllBytes(MOUNTINFO), Platform.FILE_NAMES));
  }

  /**
   * The table in the text of a mountinfo file.
   *
   * @throws IllegalArgumentException if a line is not one of mountinfo
   */
  public static MountTable parse(String text) {
    return new MountTable(text.lines().map(MountInfo::parse).toList());
  }

  /** All mounts of type {@code fuse.fused}. */
  public List<MountInfo> fusedMounts() {
    return ofSubtype("fused");
  }

  /** All mounts of type {@code fuse.SUBTYPE}. */
  public List<MountInfo> ofSubtype(String subtype) {
    return mounts.stream().filter(mount -> mount.type().equals("fuse." + subtype)).toList();
  }

  /**
   * The mount that a user of {@code path} meets there: the last of those stacked on each other, if
   * no mount further up hides them.
   *
   * @param path absolute, with neither symbolic links nor ".." in it
   */
  public Optional<MountInfo> topmostAt(Path path) {
    List<MountInfo> stack =
        mounts.stream()
            .filter(mount -> mount.mountPoint().equals(path.toString()))
            .filter(mount -> !isHidden(mount))
            .toList();
    return stack.stream()
        .filter(mount -> stack.stream().noneMatch(above -> above.liesOn(mount)))
        .findFirst();
  }

  /**
   * The mount of a FUSE connection, if who goes to its mount point comes to it; the first, if there
   * are several (bind mounts).
   *
   * @param connection as in {@link MountInfo#connection}
   */
  public Optional<MountInfo> ofConnection(int connection) {
    return mounts.stream()
        .filter(mount -> mount.isFuse() && mount.connection() == connection)
        .filter(mount -> topmostAt(Path.of(mount.mountPoint())).equals(Optional.of(mount)))
        .findFirst();
  }

  /** True if a mount over a directory further up, beside this one or its ancestors, covers it. */
  private boolean isHidden(MountInfo mount) {
    return mounts.stream().anyMatch(other -> covers(other, mount))
        || mounts.stream().anyMatch(below -> mount.liesOn(below) && isHidden(below));
  }

  private static boolean covers(MountInfo other, MountInfo mount) {
    String directory = other.mountPoint().equals("/") ? "/" : other.mountPoint() + "/";
    return other.parentId() == mount.parentId()
        && !other.mountPoint().equals(mount.mountPoint())
        && mount.mountPoint().startsWith(directory);
  }
}
