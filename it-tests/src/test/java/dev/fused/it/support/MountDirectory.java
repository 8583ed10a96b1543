package dev.fused.it.support;

import dev.fused.server.mount.MountInfo;
import dev.fused.server.mount.MountTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An empty directory of a test's own to mount on. Closing it removes whatever is mounted there,
 * also if its server hangs or is dead, and then the directory.
 */
public final class MountDirectory implements AutoCloseable {
  /** One failed call of umount(8) at a time; more than any test stacks. */
  private static final int MOST_MOUNTS = 5;

  private final Path path;

  private MountDirectory(Path path) {
    this.path = path;
  }

  public static MountDirectory create() {
    try {
      return new MountDirectory(Files.createTempDirectory("fused-it").toRealPath());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A directory that a server makes itself, where there is none yet.
   *
   * @param path absolute, in an existing directory, without symbolic links
   */
  public static MountDirectory at(Path path) {
    return new MountDirectory(path);
  }

  public Path path() {
    return path;
  }

  /** What the kernel's table of mounts says is mounted here now; asks no server. */
  public Optional<MountInfo> mounted() {
    try {
      return MountTable.read().topmostAt(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < MOST_MOUNTS && mounted().isPresent(); i++) {
      // The force aborts a FUSE connection, so that nobody waits any more; it need not succeed.
      Command.of("umount", "-f", path).run();
      if (mounted().isPresent()) {
        Command.of("umount", "-l", path).run();
      }
    }
    try {
      // Never with its contents: they could be those of a mount that was not removed.
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
