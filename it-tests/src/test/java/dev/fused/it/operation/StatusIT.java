package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Daemon;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.Waiting;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

/** The commands that ask a running server. */
@NeedsMount
final class StatusIT {
  @Test
  void statusCountsWhatWasDone() {
    try (Daemon daemon = Daemon.mount("--size", "16m")) {
      Command.shell(
              """
              for i in 1 2 3; do mkdir d$i; done
              head -c 1000000 /dev/zero > file
              mkdir d1/d; ! rmdir d1
              """)
          .in(daemon.path())
          .output();

      // A count is there a moment after the caller has its answer.
      Waiting.until(
          "all is counted",
          () -> {
            String json = status(daemon, "--json");
            return field(json, "['operations']['MKDIR']['count']").equals("4")
                && field(json, "['writtenBytes']").equals("1000000");
          });
      String json = status(daemon, "--json");
      assertThat(field(json, "['pid']")).isEqualTo(Long.toString(daemon.server().pid()));
      assertThat(Long.parseLong(field(json, "['errors']['ENOTEMPTY']"))).isPositive();
      assertThat(field(json, "['gauges']['inodes_used']")).isEqualTo("6");
      assertThat(Long.parseLong(field(json, "['operations']['MKDIR']['service']['p50']")))
          .isPositive();
      assertThat(field(json, "['negotiated']['protocol']")).startsWith("7.");
      assertThat(field(json, "['overdue']")).isEqualTo("[]");
      assertThat(status(daemon))
          .contains("MKDIR  ", "ENOTEMPTY", "inodes_used 6", "log level info");
    }
  }

  @Test
  void requestsAreLoggedWhileThatIsSwitchedOn() {
    try (Daemon daemon = Daemon.mount()) {
      Command.of("ls", daemon.path()).output();
      assertThat(daemon.logged()).doesNotContain("<- #");

      assertThat(Launcher.command("log", daemon.path(), "--requests", "on").output())
          .isEqualTo("log level info, requests on\n");
      Command.of("mkdir", daemon.path().resolve("seen")).output();
      Waiting.until("the request is logged", () -> daemon.logged().contains("seen"));
      assertThat(daemon.logged()).contains("MKDIR nodeid 1");

      assertThat(
              Launcher.command("log", daemon.path(), "--requests", "off", "--level", "warn")
                  .output())
          .isEqualTo("log level warn, requests off\n");
      Command.of("mkdir", daemon.path().resolve("unseen")).output();
      assertThat(daemon.logged()).doesNotContain("unseen");

      Result refused = Launcher.command("log", daemon.path(), "--level", "loud").run();
      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.err())
          .isEqualTo("fused: there is no log level \"loud\"; there is: error, warn, info, debug\n");
    }
  }

  @Test
  void theSocketIsForItsOwnerAndGoesWithTheServer() throws IOException {
    try (Daemon daemon = Daemon.mount()) {
      Path socket = socketOf(daemon);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-------");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket.getParent())))
          .isEqualTo("rwx------");

      Launcher.command("unmount", daemon.path()).output();
      daemon.requireEnd();

      assertThat(socket).doesNotExist();
    }
  }

  @Test
  void whatAKilledServerLeftIsRemovedByTheNext() throws IOException {
    Path stale = Path.of("/run/fused/test-stale.sock");
    Files.createDirectories(stale.getParent());
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(stale))
        .close();
    assertThat(stale).exists();

    try (Daemon daemon = Daemon.mount()) {
      assertThat(socketOf(daemon)).exists();
      assertThat(stale).doesNotExist();
    }
  }

  /** Neither a request that makes no sense nor a silent client keeps others from an answer. */
  @Test
  void theServerAnswersAfterNonsense() throws IOException {
    try (Daemon daemon = Daemon.mount();
        SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(socketOf(daemon)))) {
      assertThat(silent.isConnected()).isTrue();
      assertThat(ask(daemon, "nonsense")).contains("\"error\":\"not a request in JSON");
      assertThat(ask(daemon, "{}")).contains("\"error\":\"a request in JSON needs");
      assertThat(ask(daemon, "{\"command\":\"sing\"}")).contains("there is no command");
      assertThat(status(daemon)).contains("pid " + daemon.server().pid());
    }
  }

  @Test
  void listSaysTheSameInJson() {
    try (Daemon daemon = Daemon.mount()) {
      String json = Launcher.command("list", "--json").output();

      assertThat(json).contains("\"mountPoint\": \"" + daemon.path() + "\"");
      assertThat(json).contains("\"pid\": " + daemon.server().pid());
    }
  }

  @Test
  void abortEndsAServerThatIsStoppedAndItsCallers() {
    try (Daemon daemon = Daemon.mount()) {
      daemon.signal("STOP");
      try (var caller = Command.of("mkdir", daemon.path().resolve("never")).start()) {
        Result aborted = Launcher.command("abort", daemon.path()).run().requireSuccess();

        assertThat(aborted.out()).isEqualTo(daemon.path() + " aborted\n");
        assertThat(caller.await().err()).containsAnyOf("abort", "not connected");
      }
      daemon.signal("CONT");
      daemon.requireEnd();
    }
  }

  private static String status(Daemon daemon, Object... arguments) {
    Object[] words = new Object[arguments.length + 2];
    words[0] = "status";
    words[1] = daemon.path();
    System.arraycopy(arguments, 0, words, 2, arguments.length);
    return Launcher.command(words).output();
  }

  /** A value in JSON, as Python reads it. */
  private static String field(String json, String path) {
    return Command.of("python3", "-c", "import json,sys; print(json.load(sys.stdin)" + path + ")")
        .reading(json)
        .run()
        .out()
        .strip();
  }

  private static Path socketOf(Daemon daemon) {
    return Path.of(
        "/run/fused/" + daemon.directory().mounted().orElseThrow().connection() + ".sock");
  }

  private static String ask(Daemon daemon, String line) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socketOf(daemon)))) {
      channel.write(StandardCharsets.UTF_8.encode(line + "\n"));
      ByteBuffer answer = ByteBuffer.allocate(8192);
      while (channel.read(answer) > 0) {}
      return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
    }
  }
}
