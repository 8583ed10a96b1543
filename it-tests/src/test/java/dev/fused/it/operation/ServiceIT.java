package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.daemon.service.ServiceManager;
import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.HangingFileSystem;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.NotifyListener;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.Waiting;
import dev.fused.server.FuseMount;
import dev.fused.server.FuseServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that a service manager started, which here is a socket of the test. */
@Timeout(240)
final class ServiceIT {
  private static final String WATCHDOG = "WATCHDOG=1";

  @TempDir Path scratch;

  private static RunningCommand start(
      MountDirectory directory, NotifyListener manager, Object... options) {
    Object[] words = new Object[options.length + 3];
    words[0] = "mount";
    words[1] = "-f";
    words[2] = directory.path();
    System.arraycopy(options, 0, words, 3, options.length);
    return Launcher.command(words)
        .with("NOTIFY_SOCKET", manager.address())
        .with("WATCHDOG_USEC", "100000")
        .start();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @NeedsMount
  void itIsReadyWhenTheMountAnswersAndBeatsAndSaysThatItEnds(boolean isAbstract) {
    String address = isAbstract ? "@fused-it-" + scratch : scratch.resolve("notify").toString();
    try (NotifyListener manager = NotifyListener.at(address);
        MountDirectory directory = MountDirectory.create();
        RunningCommand server = start(directory, manager)) {
      String ready = manager.await("READY=1");
      assertThat(directory.mounted()).isPresent();
      Command.of("mkdir", directory.path().resolve("made")).output();
      assertThat(ready)
          .startsWith(server.pid() + " READY=1 STATUS=mounted " + directory.path() + ": memory");
      assertThat(manager.count("READY=1")).isEqualTo(1);

      Waiting.until("it beats", () -> manager.count(WATCHDOG) >= 5);

      server.signal("TERM");
      Result result = server.await().requireSuccess();
      assertThat(manager.await("STOPPING=1"))
          .isEqualTo(server.pid() + " STOPPING=1 STATUS=unmounting");
      assertThat(manager.heard()).allMatch(message -> message.startsWith(server.pid() + " "));
      assertThat(result.err()).doesNotContain("\nERROR");
      assertThat(directory.mounted()).isEmpty();
    }
  }

  @Test
  @NeedsMount
  void anUnmountIsTheEndOfTheServiceToo() {
    try (NotifyListener manager = NotifyListener.at(scratch.resolve("notify").toString());
        MountDirectory directory = MountDirectory.create();
        RunningCommand server = start(directory, manager)) {
      manager.await("READY=1");
      Command.of("umount", directory.path()).output();

      server.await().requireSuccess();
      manager.await("STOPPING=1");
    }
  }

  @Test
  @NeedsMount
  void aMountThatFailsIsNeverReady() {
    try (NotifyListener manager = NotifyListener.at(scratch.resolve("notify").toString());
        MountDirectory directory = MountDirectory.at(scratch.resolve("missing"));
        RunningCommand server = start(directory, manager)) {
      assertThat(server.await().status()).isEqualTo(1);
      assertThat(manager.heard()).isEmpty();
    }
  }

  @Test
  @NeedsMount
  @NeedsPrograms("pgrep")
  void childrenOfTheServerAreNotToldOfTheServiceManager() throws IOException {
    try (NotifyListener manager = NotifyListener.at(scratch.resolve("notify").toString());
        MountDirectory directory = MountDirectory.create();
        RunningCommand server = start(directory, manager, "-o", "auto_unmount")) {
      manager.await("READY=1");
      String child = Command.of("pgrep", "-P", server.pid()).output().strip();

      assertThat(Files.readString(Path.of("/proc/" + child + "/environ")))
          .contains("PATH=")
          .doesNotContain("NOTIFY_SOCKET", "WATCHDOG_USEC");
      server.signal("TERM");
      server.await().requireSuccess();
    }
  }

  @Test
  @NeedsMount
  void itBeatsOnlyWhileNoLoopOfTheMountIsHeld() throws Exception {
    HangingFileSystem fileSystem = new HangingFileSystem(false);
    try (NotifyListener manager = NotifyListener.at(scratch.resolve("notify").toString());
        MountDirectory directory = MountDirectory.create();
        FuseMount mount = FuseServer.serving(fileSystem).mount(directory.path());
        ServiceManager told =
            Optional.ofNullable(
                    ServiceManager.of(
                        Map.of("NOTIFY_SOCKET", manager.address(), "WATCHDOG_USEC", "100000"), 1))
                .orElseThrow()) {
      told.ready("mounted", mount::roundOfLoops);
      Waiting.until("it beats", () -> manager.count(WATCHDOG) >= 3);

      try (RunningCommand caller = Command.of("stat", "-f", directory.path()).start()) {
        Waiting.until("it does not beat any more", () -> isSilentFor(20, manager));
        assertThat(caller.isRunning()).isTrue();
        long before = manager.count(WATCHDOG);

        fileSystem.goOn();
        Waiting.until("it beats again", () -> manager.count(WATCHDOG) >= before + 3);
      }
    }
  }

  /** As long as {@code beats} of them would take. */
  private static boolean isSilentFor(int beats, NotifyListener manager) {
    long before = manager.count(WATCHDOG);
    try {
      Thread.sleep(beats * 50L);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return manager.count(WATCHDOG) == before;
  }

  private static final Path UNIT =
      Launcher.home().resolve("dist/target/dist/lib/systemd/system/fused@.service");

  /** What systemd.exec(5) says to make a mount namespace, so that nobody else sees the mount. */
  private static final List<String> NAMESPACES =
      List.of("Protect", "Private", "ReadOnly", "ReadWrite", "Inaccessible", "Root", "Bind");

  @Test
  void theUnitGivesTheServiceNoMountNamespace() throws IOException {
    List<String> settings =
        Files.readAllLines(UNIT).stream().filter(line -> line.matches("[A-Z]\\w+=.*")).toList();

    assertThat(settings).contains("Type=notify", "NoNewPrivileges=yes");
    for (String word : NAMESPACES) {
      assertThat(settings).noneMatch(setting -> setting.startsWith(word));
    }
    assertThat(settings)
        .noneMatch(setting -> setting.matches("(TemporaryFileSystem|DynamicUser|MountFlags)=.*"));
  }

  @Test
  @NeedsPrograms("systemd-analyze")
  void systemdHasNothingToSayAboutTheUnit() throws IOException {
    Path unit = scratch.resolve("fused@.service");
    Files.writeString(
        unit,
        Files.readString(UNIT).replace("ExecStart=fused ", "ExecStart=" + Launcher.script() + " "));

    Result verified =
        Command.of("systemd-analyze", "verify", "--man=no", unit).run().requireSuccess();

    assertThat(verified.out() + verified.err()).isEmpty();
  }
}
