package dev.fused.daemon.control;

import dev.fused.server.mount.MountHelper;
import dev.fused.server.mount.MountInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** Asks the server of a mount. Never touches the mount itself. */
public final class ControlClient {
  private static final Duration BOUND = Duration.ofSeconds(10);

  private final String mountPoint;
  private final Path socket;

  private ControlClient(String mountPoint, Path socket) {
    this.mountPoint = mountPoint;
    this.socket = socket;
  }

  /**
   * For the mount at a path.
   *
   * @throws IOException with a sentence if there is none, of FUSE
   */
  public static ControlClient at(Path mountPoint) throws IOException {
    return of(MountHelper.mountAt(mountPoint.toAbsolutePath().normalize()).info());
  }

  /** For a mount. */
  public static ControlClient of(MountInfo mount) throws IOException {
    return new ControlClient(mount.mountPoint(), ControlSocket.of(mount.connection()));
  }

  /**
   * One command and its answer.
   *
   * @throws IOException with a sentence if the server does not answer, or refuses
   */
  public ControlResponse ask(ControlRequest request) throws IOException {
    ControlResponse response = ControlResponse.parse(exchange(request.toJson()));
    if (response.error() != null) {
      throw new IOException(response.error());
    }
    return response;
  }

  private String exchange(String line) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer request = StandardCharsets.UTF_8.encode(line + "\n");
      while (request.hasRemaining()) {
        channel.write(request);
      }
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      return readLine(channel, selector);
    } catch (SocketException e) {
      throw new IOException(
          "the server of %s does not answer at %s (%s): it is gone, of an older version, or another user's"
              .formatted(mountPoint, socket, e.getMessage()),
          e);
    }
  }

  private String readLine(SocketChannel channel, Selector selector) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(8192);
    long end = System.nanoTime() + BOUND.toNanos();
    while (true) {
      long millis = (end - System.nanoTime()) / 1_000_000;
      selector.selectedKeys().clear();
      if (millis <= 0 || selector.select(millis) == 0) {
        throw new IOException(
            "the server of " + mountPoint + " did not answer within " + BOUND.toSeconds() + " s");
      }
      int count = channel.read(buffer.clear());
      if (count < 0) {
        if (line.size() == 0) {
          throw new IOException("the server of " + mountPoint + " gave no answer");
        }
        return line.toString(StandardCharsets.UTF_8).strip();
      }
      line.write(buffer.array(), 0, count);
    }
  }
}
