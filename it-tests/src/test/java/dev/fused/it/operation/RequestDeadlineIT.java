package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.HangingFileSystem;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.Waiting;
import dev.fused.server.FuseMount;
import dev.fused.server.FuseServer;
import dev.fused.server.session.OpenRequest;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that the file system does not answer. */
@NeedsMount
@Timeout(240)
final class RequestDeadlineIT {
  private static final Duration SHORT = Duration.ofMillis(200);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRequestThatHangsIsToldWithItsCallerAndTheStackOfItsThread(boolean blocking)
      throws Exception {
    HangingFileSystem fileSystem = new HangingFileSystem(blocking);
    try (MountDirectory directory = MountDirectory.create();
        FuseMount mount =
            FuseServer.serving(fileSystem).requestDeadline(SHORT, null).mount(directory.path());
        RunningCommand caller = Command.of("stat", "-f", directory.path()).start()) {
      Waiting.until("it is overdue", () -> !mount.overdue().isEmpty());

      OpenRequest open = mount.overdue().getFirst();
      assertThat(open.describe()).contains("STATFS", "nodeid 1");
      assertThat(open.stack()).contains("HangingFileSystem.statfs");
      if (!blocking) {
        assertThat(open.stack()).contains("thread \"fused " + directory.path());
      }
      assertThat(caller.isRunning()).isTrue();

      fileSystem.goOn();
      Waiting.until("it is not overdue any more", () -> mount.overdue().isEmpty());
    }
  }

  @Test
  void theSecondDeadlineEndsTheWaitOfTheCaller() throws Exception {
    HangingFileSystem fileSystem = new HangingFileSystem(false);
    try (MountDirectory directory = MountDirectory.create();
        FuseMount mount =
            FuseServer.serving(fileSystem)
                .requestDeadline(SHORT, SHORT.multipliedBy(2))
                .mount(directory.path());
        RunningCommand caller = Command.of("stat", "-f", directory.path()).start()) {
      assertThat(caller.await().err()).containsAnyOf("abort", "not connected");

      fileSystem.goOn();
      mount.awaitUnmount();
      assertThat(directory.mounted()).isEmpty();
    }
  }
}
