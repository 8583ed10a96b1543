package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Daemon;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.NeedsMount;
import org.junit.jupiter.api.Test;

/** {@code fused doctor} on this machine, where mounts can be made. */
@NeedsMount
final class DoctorIT {
  @Test
  void aMountWhoseServerIsDeadIsNamedAndNothingIsFatal() {
    try (Daemon daemon = Daemon.mount()) {
      daemon.signal("KILL");
      daemon.server().onExit().join();

      Result result = Launcher.command("doctor").run().requireSuccess();

      assertThat(result.out())
          .contains("/dev/fuse", "fused unmount " + daemon.path())
          .doesNotContain("FATAL");
    }
  }

  @Test
  void theSameIsThereInJson() {
    Command.of("python3", "-c", "import json,sys; assert len(json.load(sys.stdin)) > 8")
        .reading(Launcher.command("doctor", "--json").output())
        .output();
  }

  /** A name space of mounts in which /dev has no fuse. */
  @Test
  void withoutDeviceItSaysWhatToDoAndFails() {
    Result result =
        Command.of(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount -t tmpfs none /dev && exec " + Launcher.script() + " doctor")
            .with("FUSED_JAVA_HOME", System.getProperty("java.home"))
            .run();

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out()).contains("FATAL  /dev/fuse", "--device /dev/fuse");
  }
}
