package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Daemon;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus gets from a running server. */
@NeedsMount
final class MetricsIT {
  @TempDir Path scratch;

  @Test
  void aPortTellsWhatTheMountAndItsJvmDid() throws IOException {
    InetSocketAddress address = freePort();
    try (Daemon daemon = Daemon.mount("--size", "16m", "--metrics", address.getPort())) {
      Command.shell("mkdir d d/e; head -c 1000000 /dev/zero >file; cat file >/dev/null; ! rmdir d")
          .in(daemon.path())
          .output();
      String mount = "mount=\"" + daemon.path() + "\"";

      // A count is there a moment after the caller has its answer.
      Waiting.until(
          "all is counted",
          () ->
              ask(address, "/metrics").contains("fused_errors_total{errno=\"ENOTEMPTY\"," + mount));
      assertThat(ask(address, "/metrics"))
          .startsWith("HTTP/1.1 200 OK")
          .contains("content-type: text/plain; version=0.0.4")
          .contains("fused_requests_total{" + mount + ",opcode=\"MKDIR\"} 2.0\n")
          .contains("fused_requests_failed_total{" + mount + ",opcode=\"RMDIR\"} 1.0\n")
          .contains("fused_written_bytes_total{" + mount + "} 1000000.0\n")
          .contains("fused_service_seconds_count{" + mount + ",opcode=\"MKDIR\"} 2\n")
          .contains("fused_service_seconds_bucket{" + mount + ",opcode=\"MKDIR\",le=\"+Inf\"} 2\n")
          .contains("fused_queue_seconds_sum{" + mount + "}")
          .contains("fused_requests_in_flight{" + mount + "} 0.0\n")
          .contains("fused_loop_busy_seconds_total{loop=\"0\"," + mount + "}")
          .contains("fused_filesystem_inodes_used{" + mount + "} 4.0\n")
          .contains("fused_info{" + mount + ",protocol=\"7.")
          .contains("jvm_memory_used_bytes{")
          .contains("jvm_gc_");
      assertThat(ask(address, "/"))
          .startsWith("HTTP/1.1 404")
          .endsWith("metrics are at /metrics\n");
      assertThat(send(address, "DELETE /metrics HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 405");
      assertThat(send(address, "nonsense\r\n\r\n")).startsWith("HTTP/1.1 400");
      assertThat(
              send(
                  address, "GET /metrics HTTP/1.0\r\nAccept: application/openmetrics-text\r\n\r\n"))
          .contains("content-type: application/openmetrics-text; version=1.0.0")
          .endsWith("# EOF\n");
    }
  }

  @Test
  void aSocketIsForItsOwnerAndGoesWithTheServer() throws IOException {
    Path socket = scratch.resolve("metrics.sock");
    try (Daemon daemon = Daemon.mount("--metrics", socket)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThat(ask(UnixDomainSocketAddress.of(socket), "/metrics"))
          .contains("fused_requests_total{");

      Launcher.command("unmount", daemon.path()).output();
      daemon.requireEnd();

      assertThat(socket).doesNotExist();
    }
    try (var files = Files.list(scratch)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void whatAKilledServerLeftIsReplaced() throws IOException {
    Path socket = scratch.resolve("metrics.sock");
    try (Daemon daemon = Daemon.mount("--metrics", socket)) {
      daemon.signal("KILL");
      Waiting.until("the server has ended", () -> !daemon.server().isAlive());
      assertThat(socket).exists();
    }
    try (Daemon next = Daemon.mount("--metrics", socket)) {
      assertThat(ask(UnixDomainSocketAddress.of(socket), "/metrics"))
          .contains("mount=\"" + next.path() + "\"");
    }
  }

  @Test
  void whatCannotBeHadIsSaidBeforeAnythingIsMounted() throws IOException {
    Path file = Files.writeString(scratch.resolve("file"), "precious");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        MountDirectory place = MountDirectory.create()) {
      assertThat(refusal(place, taken.getLocalPort()))
          .startsWith("fused: cannot listen for metrics at http://127.0.0.1:")
          .contains("Address already in use");
      assertThat(refusal(place, file)).contains("something else than a socket");
      assertThat(refusal(place, "0.0.0.0:9500")).contains("where other machines could ask");
      assertThat(refusal(place, "a b")).contains("neither a port nor the path of a socket");
      assertThat(refusal(place, place.path().resolve("socket")))
          .contains("metrics socket")
          .contains("must not lie under the mount point");
      assertThat(place.mounted()).isEmpty();
    }
    assertThat(file).hasContent("precious");
  }

  private static String refusal(MountDirectory place, Object address) {
    Result result = Launcher.command("mount", place.path(), "--metrics", address).run();
    assertThat(result.status()).isNotZero();
    assertThat(result.err()).hasLineCount(1);
    return result.err();
  }

  private static InetSocketAddress freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), free.getLocalPort());
    }
  }

  private static String ask(SocketAddress address, String path) {
    return send(address, "GET " + path + " HTTP/1.0\r\n\r\n");
  }

  private static String send(SocketAddress address, String request) {
    try (SocketChannel channel = SocketChannel.open(address)) {
      channel.write(StandardCharsets.US_ASCII.encode(request));
      ByteBuffer answer = ByteBuffer.allocate(1 << 20);
      while (channel.read(answer) > 0) {}
      return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
