package dev.fused.conformance;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.Libc;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's end of a socket pair that stands for the device: a message is one read and one write
 * there too. The server that it starts has the other end. One thread at a time.
 */
public final class DeviceSocket implements AutoCloseable {
  private static final int NO_MESSAGE_YET = 100;

  private final Duration patience;
  private final ServerUnderTest.Running server;
  private final int fd;
  private final Arena arena = Arena.ofConfined();
  private MemorySegment memory;
  private boolean open = true;

  private DeviceSocket(int fd, ServerUnderTest.Running server, Duration patience, int space) {
    this.fd = fd;
    this.server = server;
    this.patience = patience;
    this.memory = arena.allocate(space);
  }

  /**
   * Starts a server.
   *
   * @param patience how long {@link #send} waits for the server to read
   * @param messageSpace bytes of the longest message
   * @param bufferSpace bytes of messages that should find room in the socket each way; 0 for what
   *     the system gives. Without CAP_NET_ADMIN it may give less: see {@link #bufferSpace}
   * @throws IOException if the server cannot be started; the message is a sentence
   */
  public static DeviceSocket connect(
      ServerUnderTest server, Duration patience, int messageSpace, int bufferSpace)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(JAVA_INT, 2);
      int type = Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC;
      int result = Libc.socketpair(Libc.AF_UNIX, type, ends.address());
      if (result < 0) {
        throw new IOException("cannot make a socket pair: " + Errno.describe(result));
      }
      int fd = ends.getAtIndex(JAVA_INT, 0);
      int serverFd = ends.getAtIndex(JAVA_INT, 1);
      if (bufferSpace > 0) {
        widen(fd, bufferSpace);
        widen(serverFd, bufferSpace);
      }
      try {
        return new DeviceSocket(fd, server.start(serverFd), patience, messageSpace);
      } catch (IOException | RuntimeException e) {
        Libc.close(fd);
        throw e;
      }
    }
  }

  private static void widen(int fd, int bytes) {
    if (Libc.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_SNDBUFFORCE, bytes) < 0) {
      Libc.setsockopt(fd, Libc.SOL_SOCKET, Libc.SO_SNDBUF, bytes);
    }
  }

  /** Bytes that the system lets wait in the socket each way; a message counts up to twice. */
  public int bufferSpace() {
    return Libc.getsockopt(fd, Libc.SOL_SOCKET, Libc.SO_SNDBUF);
  }

  /** The server at the other end. */
  public ServerUnderTest.Running server() {
    return server;
  }

  /** Makes room for messages of this length. */
  public void ensureSpace(int bytes) {
    if (memory.byteSize() < bytes) {
      memory = arena.allocate(Math.max(bytes, 2 * memory.byteSize()));
    }
  }

  /**
   * Sends a message; while the server does not read, takes what it has to say.
   *
   * @param received takes the messages that come meanwhile
   * @throws ServerGone if the server has closed, or does not read any more
   */
  public void send(byte[] message, Consumer<byte[]> received) {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      requireOpen();
      int events = Libc.poll(fd, (short) (Libc.POLLIN | Libc.POLLOUT), NO_MESSAGE_YET);
      if (events > 0 && (events & Libc.POLLIN) != 0) {
        byte[] other = receive(0);
        if (other != null) {
          received.accept(other);
        }
      } else if (events > 0 && (events & Libc.POLLOUT) != 0) {
        ensureSpace(message.length);
        MemorySegment.copy(message, 0, memory, JAVA_BYTE, 0, message.length);
        int result = Libc.write(fd, memory.address(), message.length);
        if (result < 0) {
          throw new ServerGone(
              "a request of %d bytes cannot be sent: %s; %s"
                  .formatted(message.length, Errno.describe(result), server.status()));
        }
        return;
      } else if ((events & (Libc.POLLHUP | Libc.POLLERR)) != 0) {
        throw gone();
      } else if (System.nanoTime() > end) {
        throw new ServerGone("the server does not read requests any more; " + server.status());
      }
    }
  }

  /**
   * The next message, null if none came in time.
   *
   * @throws ServerGone if the server has closed
   */
  public byte @Nullable [] receive(int timeoutMillis) {
    requireOpen();
    if (Libc.poll(fd, Libc.POLLIN, timeoutMillis) <= 0) {
      return null;
    }
    int length = Libc.read(fd, memory.address(), (int) memory.byteSize());
    if (length <= 0) {
      throw gone();
    }
    return memory.asSlice(0, length).toArray(JAVA_BYTE);
  }

  private ServerGone gone() {
    return new ServerGone("the server closed the device; " + server.status());
  }

  private void requireOpen() {
    if (!open) {
      throw new IllegalStateException("the device is closed");
    }
  }

  /** Closes the device, as an abort or the end of the mount does; whatever waits is lost. */
  public void abort() {
    if (open) {
      open = false;
      Libc.close(fd);
    }
  }

  /** Closes the device and ends the server. */
  @Override
  public void close() {
    abort();
    server.close();
    arena.close();
  }
}
