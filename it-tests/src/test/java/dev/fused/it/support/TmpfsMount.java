package dev.fused.it.support;

import java.nio.file.Path;

/** A tmpfs on a directory of its own: what the memory file system is compared with. */
public final class TmpfsMount implements AutoCloseable {
  private final MountDirectory directory;

  private TmpfsMount(MountDirectory directory) {
    this.directory = directory;
  }

  /**
   * Mounts a tmpfs.
   *
   * @param options as after {@code -o}, besides nosuid and nodev, which {@code fused} has by
   *     default
   */
  public static TmpfsMount mount(String options) {
    MountDirectory directory = MountDirectory.create();
    Command.of("mount", "-t", "tmpfs", "-o", "nosuid,nodev," + options, "tmpfs", directory.path())
        .output();
    return new TmpfsMount(directory);
  }

  public Path path() {
    return directory.path();
  }

  @Override
  public void close() {
    directory.close();
  }
}
