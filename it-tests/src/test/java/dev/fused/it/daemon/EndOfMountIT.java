package dev.fused.it.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Daemon;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.TmpfsMount;
import dev.fused.it.support.Waiting;
import dev.fused.server.mount.MountInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All the ways in which a mount ends, and what is left then: nothing. */
@NeedsMount
final class EndOfMountIT {
  @Test
  void fusedUnmountEndsTheServer() {
    try (Daemon daemon = Daemon.mount()) {
      Result result = Launcher.command("unmount", daemon.path()).run().requireSuccess();

      assertThat(result.out()).isEqualTo(daemon.path() + " unmounted\n");
      daemon.requireEnd();
      assertThat(daemon.logged()).doesNotContain(" WARN ", " ERROR ");
    }
  }

  @Test
  void umountEndsTheServer() {
    try (Daemon daemon = Daemon.mount()) {
      Command.of("umount", daemon.path()).output();

      daemon.requireEnd();
      assertThat(daemon.logged()).doesNotContain(" WARN ", " ERROR ");
    }
  }

  @Test
  void umountEndsAServerInTheForegroundWithStatus0() {
    try (DaemonMount mount = DaemonMount.start()) {
      Command.of("umount", mount.path()).output();

      mount.requireOrderlyEnd();
    }
  }

  /** Whatever the moment is: before the mount is made, while it is made, once it answers. */
  @ParameterizedTest
  @ValueSource(longs = {50, 200, 300, 400, 500, 700, 1000})
  void aSignalDuringTheStartLeavesNothing(long millis) throws InterruptedException {
    try (MountDirectory place = MountDirectory.create();
        RunningCommand server = Launcher.command("mount", "-f", place.path()).start()) {
      Thread.sleep(millis);
      server.signal("TERM");

      Result result = server.await();
      // A JVM that is told to end while it initialises itself says so; it has done nothing yet.
      if (result.out().contains("Error occurred during initialization of VM")) {
        assertThat(result.status()).isEqualTo(1);
      } else {
        assertThat(result.status()).isIn(0, 143);
      }
      assertThat(place.mounted()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aSignalUnmountsAndEndsAServerInTheForegroundWithStatus0(String signal) {
    try (DaemonMount mount = DaemonMount.start()) {
      mount.server().signal(signal);

      mount.requireOrderlyEnd();
    }
  }

  @Test
  void sigtermUnmountsAndEndsAServerInTheBackground() {
    try (Daemon daemon = Daemon.mount()) {
      daemon.signal("TERM");

      daemon.requireEnd();
    }
  }

  /** Who is inside stays there, cut off; the server does not wait for ever. */
  @Test
  void sigtermEndsAServerWhoseMountIsInUse() {
    try (DaemonMount mount = DaemonMount.start();
        RunningCommand user = Command.of("sleep", "100").in(mount.path()).start()) {
      mount.server().signal("TERM");
      Result result = mount.server().await().requireSuccess();

      assertThat(result.err())
          .contains("busy", "used by sleep (pid " + user.pid() + ": working directory)")
          .doesNotContain("\nERROR", "Exception");
      assertThat(mount.directory().mounted()).isEmpty();
      assertThat(user.isRunning()).isTrue();
      mount.kill();
    }
  }

  @Test
  void aBusyMountIsUnmountedLazilyAndServedUntilItsLastUserLeaves() {
    try (Daemon daemon = Daemon.mount();
        RunningCommand user =
            Command.shell("echo inside > file; echo ready; exec sleep 100")
                .in(daemon.path())
                .start()) {
      user.awaitText("ready");

      Result result = Launcher.command("unmount", "--wait", "1", daemon.path()).run();

      assertThat(result.requireSuccess().out())
          .isEqualTo(
              daemon.path()
                  + " unmounted lazily: it was busy, and ends when its last user leaves;"
                  + " it is used by sleep (pid "
                  + user.pid()
                  + ": working directory)\n");
      assertThat(daemon.directory().mounted()).isEmpty();
      assertThat(daemon.server().isAlive()).isTrue();
      Path inside = Path.of("/proc/" + user.pid() + "/cwd/file");
      assertThat(inside).content().isEqualTo("inside\n");
      user.signal("TERM");
      daemon.requireEnd();
    }
  }

  @Test
  void whatASigkillLeavesIsRemovedByUnmount() {
    try (Daemon daemon = Daemon.mount()) {
      daemon.signal("KILL");
      daemon.server().onExit().join();

      assertThat(Command.of("ls", daemon.path()).run().err())
          .contains("Transport endpoint is not connected");
      assertThat(Launcher.command("list").output())
          .containsPattern("no server found +" + daemon.path());

      assertThat(Launcher.command("unmount", daemon.path()).output())
          .isEqualTo(daemon.path() + " unmounted\n");
      assertThat(daemon.directory().mounted()).isEmpty();
    }
  }

  @Test
  void whatASigkillLeavesIsRemovedByTheNextStart() {
    try (Daemon daemon = Daemon.mount()) {
      daemon.signal("KILL");
      daemon.server().onExit().join();

      Result again = Launcher.command("mount", daemon.path()).run().requireSuccess();
      assertThat(again.out()).startsWith("mounted " + daemon.path());
      assertThat(Command.of("ls", daemon.path()).run().requireSuccess().out()).isEmpty();
      Launcher.command("unmount", daemon.path()).output();
      assertThat(daemon.directory().mounted()).isEmpty();
    }
  }

  /** The way out that needs no server: fusectl, mounted here at a place of the test's own. */
  @Test
  void anAbortedConnectionEndsTheServerAndLeavesNoMount() throws Exception {
    try (MountDirectory control = MountDirectory.create();
        DaemonMount mount = DaemonMount.start()) {
      Command.of("mount", "-t", "fusectl", "fusectl", control.path()).output();
      int connection = mount.directory().mounted().orElseThrow().connection();
      Files.writeString(control.path().resolve(connection + "/abort"), "1");
      Result result = mount.server().await().requireSuccess();

      assertThat(result.err())
          .contains("WARN  " + mount.path() + " was aborted through fusectl")
          .doesNotContain("\nERROR", "Exception");
      assertThat(mount.directory().mounted()).isEmpty();
      mount.kill();
    }
  }

  @Test
  void autoUnmountTakesTheMountAwayWhenTheServerIsKilled() {
    try (Daemon daemon = Daemon.mount("-o", "auto_unmount")) {
      daemon.signal("KILL");
      daemon.server().onExit().join();

      Waiting.until("the mount is gone", () -> daemon.directory().mounted().isEmpty());
    }
  }

  @Test
  @NeedsPrograms("pgrep")
  void autoUnmountLeavesAMountAloneThatHasTakenThePlace() {
    try (Daemon daemon = Daemon.mount("-o", "auto_unmount")) {
      MountInfo mounted = daemon.directory().mounted().orElseThrow();
      String shell = "fused-auto-unmount %d 0:%d".formatted(mounted.mountId(), mounted.minor());
      assertThat(Command.of("pgrep", "-f", shell).run().status()).isZero();
      Command.of("umount", daemon.path()).output();
      Command.of("mount", "-t", "tmpfs", "none", daemon.path()).output();
      daemon.server().onExit().join();

      Waiting.until(
          "the shell has ended", () -> Command.of("pgrep", "-f", shell).run().status() != 0);
      assertThat(daemon.directory().mounted().orElseThrow().type()).isEqualTo("tmpfs");
    }
  }

  @Test
  void whatIsNotMountedIsNotUnmounted() {
    try (MountDirectory directory = MountDirectory.create()) {
      Result refused = Launcher.command("unmount", directory.path()).run();

      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.err()).isEqualTo("fused: " + directory.path() + " is not mounted\n");
    }
  }

  @Test
  void aMountThatIsNotOfFuseIsLeftAlone() {
    try (TmpfsMount tmpfs = TmpfsMount.mount("size=1m")) {
      Result refused = Launcher.command("unmount", tmpfs.path()).run();

      assertThat(refused.status()).isEqualTo(1);
      assertThat(refused.err())
          .isEqualTo(
              "fused: %s is a mount of type tmpfs, not of FUSE; unmount it with umount%n"
                  .formatted(tmpfs.path()));
      assertThat(tmpfs.path().resolve(".").toFile().getTotalSpace()).isEqualTo(1 << 20);
    }
  }
}
