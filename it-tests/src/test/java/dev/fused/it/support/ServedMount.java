package dev.fused.it.support;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.server.FuseMount;
import dev.fused.server.FuseServer;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A file system that the test's own JVM serves, on a directory of its own. Programs should use it,
 * not the test: a thread that waits in a page fault for its own JVM stops both.
 */
public final class ServedMount implements AutoCloseable {
  private final MountDirectory directory;
  private final FuseMount mount;

  private ServedMount(MountDirectory directory, FuseMount mount) {
    this.directory = directory;
    this.mount = mount;
  }

  /** Mounts with options as after {@code -o}. */
  public static ServedMount serving(FuseFileSystem fileSystem, String... options)
      throws IOException {
    FuseServer server = FuseServer.serving(fileSystem);
    server.option(TestTransport.option());
    for (String option : options) {
      server.option(option);
    }
    MountDirectory directory = MountDirectory.create();
    try {
      return new ServedMount(directory, server.mount(directory.path()));
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  public Path path() {
    return directory.path();
  }

  public MountDirectory directory() {
    return directory;
  }

  public FuseMount mount() {
    return mount;
  }

  @Override
  public void close() {
    mount.close();
    directory.close();
  }
}
