package dev.fused.daemon.service;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.Libc;
import dev.fused.server.linux.Platform;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * The socket at which a service manager listens: one datagram is one message, sd_notify(3).
 *
 * <p>It is connected once, at the start: a server that becomes another user may not be allowed to
 * later. Any thread.
 */
final class NotifySocket implements AutoCloseable {
  /** How long a message waits for room; a service manager that reads nothing must hold nobody. */
  private static final int PATIENCE_MILLIS = 5000;

  private final int fd;
  private boolean closed;

  /**
   * @param fd a connected socket that does not block; owned from now on
   */
  NotifySocket(int fd) {
    this.fd = fd;
  }

  /**
   * Connects.
   *
   * @param address as in NOTIFY_SOCKET: an absolute path, or "@" and the name of an abstract socket
   * @throws IOException with a sentence if that is impossible
   */
  static NotifySocket connect(String address) throws IOException {
    byte[] name = address.getBytes(Platform.FILE_NAMES);
    if (!address.matches("(?s)[/@].+") || name.length > Libc.UNIX_PATH_SIZE) {
      throw new IOException(
          "\"%s\" is neither an absolute path nor \"@\" and a name, of at most %d bytes"
              .formatted(address, Libc.UNIX_PATH_SIZE));
    }
    if (name[0] == '@') {
      name[0] = 0;
    }
    int type = Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK;
    int fd = Libc.socket(Libc.AF_UNIX, type);
    int result = fd < 0 ? fd : Libc.connect(fd, name);
    if (result < 0) {
      if (fd >= 0) {
        Libc.close(fd);
      }
      throw new IOException("cannot connect to " + address + ": " + Errno.describe(result));
    }
    return new NotifySocket(fd);
  }

  /**
   * Sends assignments, as {@code READY=1}, in one message.
   *
   * @throws IOException with a sentence if nobody listens any more, or does not read for 5 s
   */
  synchronized void send(String... assignments) throws IOException {
    if (closed) {
      throw new IOException("the socket is closed");
    }
    byte[] message = String.join("\n", assignments).getBytes(StandardCharsets.UTF_8);
    Libc.poll(fd, Libc.POLLOUT, PATIENCE_MILLIS);
    int sent;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocate(message.length);
      copy.copyFrom(MemorySegment.ofArray(message));
      sent = Libc.write(fd, copy.address(), message.length);
    }
    if (sent < 0) {
      throw new IOException(Errno.describe(sent));
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Libc.close(fd);
    }
  }
}
