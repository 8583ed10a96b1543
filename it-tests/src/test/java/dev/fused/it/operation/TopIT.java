package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Daemon;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.RunningCommand;
import org.junit.jupiter.api.Test;

/** {@code fused top}. */
@NeedsMount
final class TopIT {
  private static final String LOAD = "while :; do mkdir d; rmdir d; done";

  @Test
  void framesShowOperationsAndTheirCallers() {
    try (Daemon daemon = Daemon.mount();
        RunningCommand load = Command.shell(LOAD).in(daemon.path()).start()) {
      String frames = Launcher.command("top", "-b", "-n", "2", "-d", "0.5", daemon.path()).output();

      assertThat(frames).contains(daemon.path() + ": ", "loops busy", "MKDIR ", "RMDIR ");
      assertThat(frames.split("OPERATION", -1)).hasSize(3);
      assertThat(frames).containsPattern("PID +UID +PER S +PROGRAM\n +[0-9]+ +0 +[0-9]+ ");
      assertThat(load.isRunning()).isTrue();
    }
  }

  /** script(1) gives it a terminal. */
  @Test
  @NeedsPrograms("script")
  void qEndsTheViewAndGivesTheTerminalBack() {
    try (Daemon daemon = Daemon.mount()) {
      String shell =
          """
          stty rows 30 cols 90; before=$(stty -g)
          %s top -d 0.2 %s
          [ "$(stty -g)" = "$before" ] && echo terminal restored
          """
              .formatted(Launcher.script(), daemon.path());

      String seen =
          Command.shell("(sleep 3; echo q) | script -qec '" + shell + "' /dev/null")
              .with("FUSED_JAVA_HOME", System.getProperty("java.home"))
              .with("SHELL", "/bin/bash")
              .output();

      assertThat(seen).contains("\u001b[?1049h", "\u001b[?1049l");
      assertThat(seen).contains("terminal restored");
    }
  }
}
