package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Daemon;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user may do with a mount of root that is shared with all, and with its server. */
@NeedsMount
@NeedsPrograms({"setpriv", "python3"})
final class OtherUsersIT {
  @TempDir Path scratch;

  private Daemon daemon;
  private Path metrics;

  @BeforeEach
  void mount() throws IOException {
    Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwxr-xr-x"));
    metrics = scratch.resolve("metrics.sock");
    daemon = Daemon.mount("--allow-other", "--metrics", metrics);
    Command.shell("mkdir private; chmod 700 private; echo secret >private/file; echo mine >mine")
        .in(daemon.path())
        .output();
  }

  @AfterEach
  void unmount() {
    daemon.close();
  }

  private static Result asNobody(Object... words) {
    return Command.asNobody(words).run();
  }

  private static Result connecting(Path socket) {
    return asNobody(
        "python3",
        "-c",
        "import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])",
        socket);
  }

  @Test
  void modesHold() {
    Path mine = daemon.path().resolve("mine");

    assertThat(asNobody("cat", mine).requireSuccess().out()).isEqualTo("mine\n");
    assertThat(asNobody("cat", daemon.path().resolve("private/file")).err())
        .contains("Permission denied");
    assertThat(asNobody("sh", "-c", "echo x >>" + mine).err()).contains("Permission denied");
    assertThat(asNobody("rm", "-f", mine).err()).contains("Operation not permitted");
    assertThat(asNobody("chown", "65534", mine).err()).contains("Operation not permitted");
  }

  @Test
  void theSocketsOfTheServerAreClosedToThem() {
    Path control =
        Path.of("/run/fused/" + daemon.directory().mounted().orElseThrow().connection() + ".sock");
    assertThat(control).exists();

    assertThat(connecting(control).err()).contains("PermissionError");
    assertThat(connecting(metrics).err()).contains("PermissionError");
    Command.of(
            "python3",
            "-c",
            "import socket,sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])",
            metrics)
        .output();
  }

  @Test
  void theDescriptorsOfTheServerAreClosedToThem() {
    String descriptors = "/proc/" + daemon.server().pid() + "/fd";

    assertThat(asNobody("ls", descriptors).err()).contains("Permission denied");
    assertThat(asNobody("sh", "-c", "exec 9<>" + descriptors + "/3").err())
        .contains("Permission denied");
    assertThat(Command.of("ls", descriptors).output()).isNotEmpty();
  }

  @Test
  void theyCanNeitherUnmountNorAbortNorStopIt() {
    assertThat(asNobody("umount", daemon.path()).status()).isNotZero();
    assertThat(asNobody("kill", daemon.server().pid()).status()).isNotZero();
    assertThat(
            asNobody(
                    "sh",
                    "-c",
                    "echo 1 >/sys/fs/fuse/connections/"
                        + daemon.directory().mounted().orElseThrow().connection()
                        + "/abort")
                .status())
        .isNotZero();
    assertThat(Command.of("cat", daemon.path().resolve("mine")).output()).isEqualTo("mine\n");
  }
}
