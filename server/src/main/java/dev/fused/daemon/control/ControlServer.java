package dev.fused.daemon.control;

import dev.fused.server.linux.CallThreads;
import dev.fused.server.mount.MountTable;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers on a mount's control socket: each connection is one line of JSON and one line in answer.
 * Who may open the socket may ask; only its owner and root may.
 *
 * <p>One thread, which takes one connection at a time and gives each two seconds. It shares nothing
 * with the loops: it answers when they hang.
 */
public final class ControlServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ControlServer.class);
  private static final int MOST_REQUEST = 64 << 10;
  private static final long CONNECTION_MILLIS = 2000;

  private final Path socket;
  private final ServerSocketChannel listening;
  private final UnaryOperator<String> answer;
  private final Thread thread;
  private volatile CallThreads threads = CallThreads.ORDINARY;
  private volatile boolean closed;

  private ControlServer(
      Path socket, ServerSocketChannel listening, UnaryOperator<String> answer, String threadName) {
    this.socket = socket;
    this.listening = listening;
    this.answer = answer;
    this.thread = Thread.ofPlatform().daemon().name(threadName).unstarted(this::serve);
  }

  /**
   * Begins to listen. What a dead server left in the directory is removed.
   *
   * @param answer to a line, without its line feed; called on the server's thread
   * @throws IOException with a sentence if there can be no socket
   */
  public static ControlServer start(Path socket, UnaryOperator<String> answer, String threadName)
      throws IOException {
    removeStale(ControlSocket.prepare(socket, MountTable.read()));
    // Another mount cannot have the number; so if something answers here, its mount is gone.
    Files.deleteIfExists(socket);
    ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listening.bind(UnixDomainSocketAddress.of(socket));
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      listening.close();
      throw new IOException("cannot listen at the control socket " + socket + ": " + e, e);
    }
    ControlServer server = new ControlServer(socket, listening, answer, threadName);
    server.thread.start();
    return server;
  }

  /** Removes sockets that nobody listens at. */
  private static void removeStale(Path directory) throws IOException {
    try (DirectoryStream<Path> sockets = Files.newDirectoryStream(directory, "*.sock")) {
      for (Path socket : sockets) {
        if (isStale(socket)) {
          log.debug("removed {}, which a dead server left", socket);
          Files.deleteIfExists(socket);
        }
      }
    }
  }

  private static boolean isStale(Path socket) {
    try {
      return !isListenedAt(socket);
    } catch (IOException e) {
      return false; // whatever it is, it is not known to be stale
    }
  }

  /**
   * True if somebody listens at a Unix socket.
   *
   * @throws IOException if that cannot be found out
   */
  public static boolean isListenedAt(Path socket) throws IOException {
    // Not blocking: a server whose queue is full is there, and busy.
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.configureBlocking(false);
      channel.connect(UnixDomainSocketAddress.of(socket));
      return true;
    } catch (ConnectException e) {
      return false;
    }
  }

  private void serve() {
    while (!closed) {
      try (SocketChannel connection = listening.accept()) {
        connection.configureBlocking(false);
        serve(connection);
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException | RuntimeException e) {
        log.warn("a connection to the control socket failed", e);
      }
    }
  }

  private void serve(SocketChannel connection) throws IOException {
    try (Selector selector = Selector.open()) {
      SelectionKey key = connection.register(selector, SelectionKey.OP_READ);
      long end = System.nanoTime() + CONNECTION_MILLIS * 1_000_000;
      String line = readLine(connection, selector, end);
      if (line == null) {
        return;
      }
      ByteBuffer reply = StandardCharsets.UTF_8.encode(answer.apply(line) + "\n");
      key.interestOps(SelectionKey.OP_WRITE);
      end = System.nanoTime() + CONNECTION_MILLIS * 1_000_000;
      while (reply.hasRemaining() && await(selector, end)) {
        connection.write(reply);
      }
    }
  }

  /** Null if none comes in time, or one that is too long. */
  private static @Nullable String readLine(SocketChannel connection, Selector selector, long end)
      throws IOException {
    ByteBuffer received = ByteBuffer.allocate(MOST_REQUEST);
    while (received.hasRemaining() && await(selector, end)) {
      int count = connection.read(received);
      int last = received.position() - 1;
      if (count > 0 && received.get(last) == '\n') {
        return new String(received.array(), 0, last, StandardCharsets.UTF_8);
      }
      if (count < 0) {
        return null;
      }
    }
    return null;
  }

  private static boolean await(Selector selector, long end) throws IOException {
    long millis = (end - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      return false;
    }
    selector.selectedKeys().clear();
    return selector.select(millis) > 0;
  }

  /** Has the socket removed by {@code threads} at the end, which may be what only root may do. */
  public void callOn(CallThreads threads) {
    this.threads = threads;
  }

  /**
   * Ends to listen, and removes the socket. Does not wait for the thread; but who comes second
   * waits until the socket is gone, since the process may then be halted.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      threads.call(() -> Files.deleteIfExists(socket)); // first: nobody finds a dead one
      listening.close();
    } catch (IOException e) {
      log.debug("closing the control socket {}", socket, e);
    }
  }
}
