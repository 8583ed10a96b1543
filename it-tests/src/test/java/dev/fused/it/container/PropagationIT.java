package dev.fused.it.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Docker;
import dev.fused.it.support.NeedsDocker;
import dev.fused.it.support.RunningCommand;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A mount that a container makes, as the host and another container see it, from its beginning to
 * its end.
 */
@NeedsDocker
final class PropagationIT {
  private final SharedDirectory directory = SharedDirectory.create();

  @AfterEach
  void removeDirectory() {
    directory.close();
  }

  @Test
  void hostAndAnotherContainerShareTheFileSystem() throws IOException, InterruptedException {
    try (ClientContainer client = new ClientContainer(directory);
        FusedContainer server = new FusedContainer(directory, "--size", "64m")) {
      client.start();
      server.start();

      Command.shell("echo from the host > %s/file".formatted(directory.memory())).output();
      assertThat(client.shell("cat /data/memory/file")).isEqualTo("from the host\n");
      client.shell("echo from the client > /data/memory/file");
      assertThat(Command.of("cat", directory.memory().resolve("file")).output())
          .isEqualTo("from the client\n");
      assertThat(client.shell("df --output=size,fstype -B1M /data/memory | tail -n 1").strip())
          .matches("64 +fuse\\.fused");

      assertThat(server.stopOrderly()).isZero();
      assertThat(directory.isMounted()).isFalse();
      assertThat(client.shell("ls /data/memory")).isEmpty();
    }
  }

  @Test
  void privilegedContainerMountsAndUnmounts() {
    try (FusedContainer server = new FusedContainer(directory, "--size", "64m").privileged()) {
      server.start();

      Command.shell("echo text > %1$s/file; cat %1$s/file".formatted(directory.memory())).output();

      assertThat(server.stopOrderly()).isZero();
      assertThat(directory.isMounted()).isFalse();
    }
  }

  @Test
  void startAfterAKillRemovesTheDeadMountForAllWhoSeeIt() throws IOException, InterruptedException {
    try (ClientContainer client = new ClientContainer(directory);
        FusedContainer server = new FusedContainer(directory, "--size", "64m")) {
      client.start();
      server.start();
      server.kill();
      assertThat(Command.of("ls", directory.memory()).run().err())
          .contains("Transport endpoint is not connected");

      server.startAgain();

      Command.shell("echo new > %s/file".formatted(directory.memory())).output();
      assertThat(client.shell("cat /data/memory/file")).isEqualTo("new\n");
      assertThat(server.stopOrderly()).isZero();
      assertThat(directory.isMounted()).isFalse();
    }
  }

  @Test
  void fileThatIsOpenIsUnmountedLazilyAtStop() {
    try (FusedContainer server = new FusedContainer(directory);
        RunningCommand user = startUser(server)) {
      assertThat(server.stopOrderly()).isZero();

      assertThat(directory.isMounted()).isFalse();
      assertThat(user.isRunning()).isTrue();
    }
  }

  private RunningCommand startUser(FusedContainer server) {
    server.start();
    RunningCommand user =
        Command.shell("exec 5>%s/file; echo open; sleep infinity".formatted(directory.memory()))
            .start();
    user.awaitText("open");
    return user;
  }

  @Test
  void secondServerInTheSameDirectoryIsRefusedAndTheFirstGoesOn() {
    try (FusedContainer server = new FusedContainer(directory)) {
      server.start();
      Command.Result second =
          Docker.command(
                  "run",
                  "--rm",
                  "--network",
                  "none",
                  "--device",
                  "/dev/fuse",
                  "--cap-add",
                  "SYS_ADMIN",
                  "--security-opt",
                  "apparmor=unconfined",
                  "--volume",
                  directory.memory().getParent() + ":/mnt/fused:rshared",
                  FusedImage.name())
              .run();

      assertThat(second.status()).isEqualTo(1);
      assertThat(second.err()).contains("/mnt/fused/memory is already a mount of type fuse.fused");
      Command.shell("echo text > %1$s/file; cat %1$s/file".formatted(directory.memory())).output();
      assertThat(server.stopOrderly()).isZero();
    }
  }
}
