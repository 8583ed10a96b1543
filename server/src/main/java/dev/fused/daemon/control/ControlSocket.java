package dev.fused.daemon.control;

import dev.fused.server.linux.Libc;
import dev.fused.server.mount.MountInfo;
import dev.fused.server.mount.MountTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Where the control sockets are: {@code /run/fused/N.sock} for root, {@code
 * $XDG_RUNTIME_DIR/fused/N.sock} for others, N being the number of the mount's connection, its name
 * in fusectl too. Two mounts never have the same number at a time, and paths of mount points may be
 * too long for a socket.
 */
public final class ControlSocket {
  private static final Path OF_ROOT = Path.of("/run/fused");

  private ControlSocket() {}

  /**
   * The socket of a mount, whether it is there or not.
   *
   * @param connection its number, as in {@link MountInfo#connection}
   * @throws IOException with a sentence if this user has no place for sockets
   */
  public static Path of(int connection) throws IOException {
    return directory().resolve(Integer.toUnsignedString(connection) + ".sock");
  }

  private static Path directory() throws IOException {
    if (Libc.geteuid() == 0) {
      return OF_ROOT;
    }
    String runtime = System.getenv("XDG_RUNTIME_DIR");
    if (runtime == null || !runtime.startsWith("/")) {
      throw new IOException(
          "there is no place for the control socket: XDG_RUNTIME_DIR is not set to a directory");
    }
    return Path.of(runtime, "fused");
  }

  /**
   * Makes the directory of a socket that is to be bound, for its owner only.
   *
   * @return the directory
   * @throws IOException with a sentence if that is impossible, or if the directory lies on a FUSE
   *     mount: the server would wait for itself
   */
  static Path prepare(Path socket, MountTable table) throws IOException {
    Path directory = socket.resolveSibling(".").normalize();
    for (MountInfo mount : table.mounts()) {
      if (mount.isFuse() && directory.startsWith(mount.mountPoint())) {
        throw new IOException(
            "the control socket " + socket + " would lie on the FUSE mount " + mount.mountPoint());
      }
    }
    try {
      Files.createDirectories(directory);
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    } catch (IOException e) {
      throw new IOException("cannot make the directory " + directory + ": " + e, e);
    }
    return directory;
  }
}
