package dev.fused.server.mount;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A directory to mount on or to unmount from: where a path leads, found without ever asking the
 * server of a FUSE mount at its end. {@code Path.toRealPath} does ask it, and hangs if it is dead.
 *
 * @param path absolute, without symbolic links and ".."
 * @param mounted the topmost mount there, if the path is a mount point
 */
record MountPoint(Path path, Optional<MountInfo> mounted) {
  private static final int MAX_SYMBOLIC_LINKS = 40; // as the kernel

  /** Where a mount is to be made: an existing directory. */
  static MountPoint toMountOn(Path path, MountTable table) throws MountException {
    return resolve(path, table, fuse -> true);
  }

  /** Where a mount is to be removed; refuses a place inside a FUSE mount without asking it. */
  static MountPoint toUnmount(Path path, MountTable table) throws MountException {
    // Only a FUSE mount that others are mounted in (as a root file system) is worth entering.
    return resolve(
        path, table, fuse -> table.mounts().stream().anyMatch(mount -> mount.liesOn(fuse)));
  }

  Optional<MountInfo> fuseMount() {
    return mounted.filter(MountInfo::isFuse);
  }

  private static MountPoint resolve(Path path, MountTable table, Predicate<MountInfo> mayEnter)
      throws MountException {
    Path at = path.getFileSystem().getPath("/");
    Deque<Path> names = new ArrayDeque<>();
    path.toAbsolutePath().forEach(names::add);
    int links = 0;
    while (!names.isEmpty()) {
      Path name = names.pop();
      if (name.toString().equals("..")) {
        at = at.getParent() == null ? at : at.getParent();
        continue;
      }
      Path next = at.resolve(name).normalize();
      Optional<MountInfo> fuse = table.topmostAt(next).filter(MountInfo::isFuse);
      if (fuse.isPresent()) { // not asked what it is
        if (!names.isEmpty() && !mayEnter.test(fuse.get())) {
          throw new MountException(
              path + " is not a mount point; it lies inside the FUSE mount " + next);
        }
        at = next;
        continue;
      }
      BasicFileAttributes attributes = attributes(next);
      if (attributes.isSymbolicLink()) {
        if (++links > MAX_SYMBOLIC_LINKS) {
          throw new MountException(path + " leads through too many symbolic links");
        }
        Path target = targetOf(next);
        at = target.isAbsolute() ? target.getRoot() : at;
        for (int i = target.getNameCount() - 1; i >= 0; i--) {
          names.push(target.getName(i));
        }
      } else if (attributes.isDirectory()) {
        at = next;
      } else {
        throw new MountException(next + " is not a directory; fused mounts on directories only");
      }
    }
    return new MountPoint(at, table.topmostAt(at));
  }

  private static BasicFileAttributes attributes(Path path) throws MountException {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      throw new MountException(path + " does not exist; create it first: mkdir -p " + path, e);
    } catch (IOException e) {
      throw unreachable(path, e);
    }
  }

  private static Path targetOf(Path link) throws MountException {
    try {
      return Files.readSymbolicLink(link);
    } catch (IOException e) {
      throw unreachable(link, e);
    }
  }

  private static MountException unreachable(Path path, IOException cause) {
    String reason =
        switch (cause) {
          case AccessDeniedException e -> "permission denied for this user";
          case FileSystemException e when e.getReason() != null -> e.getReason();
          default -> cause.toString();
        };
    return new MountException("cannot reach " + path + ": " + reason, cause);
  }
}
