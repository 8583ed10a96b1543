package dev.fused.it.container;

import com.github.dockerjava.api.model.AccessMode;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.PropagationMode;
import com.github.dockerjava.api.model.SELContext;
import com.github.dockerjava.api.model.Volume;
import dev.fused.it.support.MountDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A directory of a test's own on a shared mount of the engine's host, for a container to bind and
 * to mount in. Closing it removes all.
 *
 * <p>It is made in the directory that FUSED_SHARED_DIRECTORY names, or else where temporary files
 * are: on a host with systemd all mounts are shared.
 */
final class SharedDirectory implements AutoCloseable {
  private final Path path;
  private final MountDirectory memory;

  private SharedDirectory(Path path) {
    this.path = path;
    this.memory = MountDirectory.at(path.resolve("memory"));
  }

  static SharedDirectory create() {
    String parent =
        Optional.ofNullable(System.getenv("FUSED_SHARED_DIRECTORY"))
            .orElse(System.getProperty("java.io.tmpdir"));
    try {
      return new SharedDirectory(
          Files.createTempDirectory(Path.of(parent), "fused-it").toRealPath());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the host sees the file system that a container has mounted. */
  Path memory() {
    return memory.path();
  }

  /** True if something is mounted there, dead or alive. */
  boolean isMounted() {
    return memory.mounted().isPresent();
  }

  /** Binds the directory in a container. */
  Bind to(String target, PropagationMode propagation) {
    return new Bind(
        path.toString(), new Volume(target), AccessMode.rw, SELContext.none, null, propagation);
  }

  @Override
  public void close() {
    memory.close();
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
