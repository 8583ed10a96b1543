package dev.fused.server.linux;

import static dev.fused.server.linux.Libc.FSCONFIG_CMD_CREATE;
import static dev.fused.server.linux.Libc.FSMOUNT_CLOEXEC;
import static dev.fused.server.linux.Libc.FSOPEN_CLOEXEC;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One connection's files in fusectl, {@code /sys/fs/fuse/connections/N}. They work without the
 * server: that makes them the way out when it no longer answers. Any thread; never blocks.
 *
 * <p>fusectl need not be there: it is a file system of its own, which containers do not mount. An
 * abort then mounts it where nobody sees it, which needs CAP_SYS_ADMIN and Linux 5.2.
 */
public final class FuseConnectionControl {
  private static final Path CONNECTIONS = Path.of("/sys/fs/fuse/connections");

  private final Path directory;

  /**
   * The files of a connection.
   *
   * @param connection its number: the minor number of the device of its mounts
   */
  public FuseConnectionControl(int connection) {
    this(CONNECTIONS, connection);
  }

  FuseConnectionControl(Path connections, int connection) {
    this.directory = connections.resolve(Integer.toUnsignedString(connection));
  }

  /** True if fusectl is mounted and the connection exists. */
  public boolean isAvailable() {
    return Files.exists(directory.resolve("abort"));
  }

  /**
   * Number of requests that the kernel made and that are not answered yet.
   *
   * @throws IOException with a sentence if the file is not there or may not be read
   */
  public int waiting() throws IOException {
    Path file = directory.resolve("waiting");
    try {
      return Integer.parseInt(Files.readString(file, StandardCharsets.US_ASCII).strip());
    } catch (NoSuchFileException e) {
      throw missing(file, e);
    }
  }

  /**
   * Ends the connection: all requests fail with ECONNABORTED, whoever waits for them goes on, reads
   * of the device fail with ENODEV. Data that was not written back is lost. The mount stays, stale.
   *
   * @throws IOException with a sentence if the file is not there or may not be written
   */
  public void abort() throws IOException {
    Path file = directory.resolve("abort");
    try {
      writeAbort(file);
    } catch (NoSuchFileException e) {
      if (!directory.startsWith(CONNECTIONS) || !abortUnseen()) {
        throw missing(file, e);
      }
    }
  }

  private static void writeAbort(Path file) throws IOException {
    // An existing file only: creating one here cannot work and would hide what is missing.
    Files.write(file, new byte[] {'1'}, StandardOpenOption.WRITE);
  }

  /** Aborts through a fusectl of our own; false if there is none to be had, or no connection. */
  private boolean abortUnseen() throws IOException {
    int mount = mountUnseen();
    if (mount < 0) {
      return false;
    }
    try {
      writeAbort(Path.of("/proc/self/fd/" + mount).resolve(directory.getFileName() + "/abort"));
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } finally {
      Libc.close(mount);
    }
  }

  /** A descriptor of the root of a new mount of fusectl, or −errno. */
  private static int mountUnseen() {
    int context = Libc.fsopen("fusectl", FSOPEN_CLOEXEC);
    if (context < 0) {
      return context;
    }
    int created = Libc.fsconfig(context, FSCONFIG_CMD_CREATE);
    int mount = created < 0 ? created : Libc.fsmount(context, FSMOUNT_CLOEXEC);
    Libc.close(context);
    return mount;
  }

  private static IOException missing(Path file, NoSuchFileException cause) {
    return new IOException(
        "%s does not exist: the connection has ended, or fusectl is not mounted (mount -t fusectl"
                .formatted(file)
            + " none "
            + CONNECTIONS
            + ")",
        cause);
  }
}
