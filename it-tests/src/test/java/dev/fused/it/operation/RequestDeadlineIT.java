package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.StatfsReply;
import dev.fused.it.support.Command;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.Waiting;
import dev.fused.protocol.Errno;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Statfs;
import dev.fused.server.FuseMount;
import dev.fused.server.FuseServer;
import dev.fused.server.session.OpenRequest;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that the file system does not answer. */
@NeedsMount
@Timeout(240)
final class RequestDeadlineIT {
  private static final Duration SHORT = Duration.ofMillis(200);

  /** Hangs in STATFS until told. */
  private static final class Hanging implements FuseFileSystem {
    private static final Attributes ROOT_DIRECTORY =
        Attributes.directory(ROOT).permissions(0755).build();
    private final CountDownLatch end = new CountDownLatch(1);
    private final boolean blocking;

    Hanging(boolean blocking) {
      this.blocking = blocking;
    }

    @Override
    public boolean blocking() {
      return blocking;
    }

    @Override
    public void getattr(Getattr request, AttrReply reply) {
      reply.attributes(ROOT_DIRECTORY, CachePolicy.NONE);
    }

    @Override
    public void statfs(Statfs request, StatfsReply reply) {
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      reply.error(Errno.EIO);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRequestThatHangsIsToldWithItsCallerAndTheStackOfItsThread(boolean blocking)
      throws Exception {
    Hanging fileSystem = new Hanging(blocking);
    try (MountDirectory directory = MountDirectory.create();
        FuseMount mount =
            FuseServer.serving(fileSystem).requestDeadline(SHORT, null).mount(directory.path());
        RunningCommand caller = Command.of("stat", "-f", directory.path()).start()) {
      Waiting.until("it is overdue", () -> !mount.overdue().isEmpty());

      OpenRequest open = mount.overdue().getFirst();
      assertThat(open.describe()).contains("STATFS", "nodeid 1");
      assertThat(open.stack()).contains("Hanging.statfs");
      if (!blocking) {
        assertThat(open.stack()).contains("thread \"fused " + directory.path());
      }
      assertThat(caller.isRunning()).isTrue();

      fileSystem.end.countDown();
      Waiting.until("it is not overdue any more", () -> mount.overdue().isEmpty());
    }
  }

  @Test
  void theSecondDeadlineEndsTheWaitOfTheCaller() throws Exception {
    Hanging fileSystem = new Hanging(false);
    try (MountDirectory directory = MountDirectory.create();
        FuseMount mount =
            FuseServer.serving(fileSystem)
                .requestDeadline(SHORT, SHORT.multipliedBy(2))
                .mount(directory.path());
        RunningCommand caller = Command.of("stat", "-f", directory.path()).start()) {
      assertThat(caller.await().err()).containsAnyOf("abort", "not connected");

      fileSystem.end.countDown();
      mount.awaitUnmount();
      assertThat(directory.mounted()).isEmpty();
    }
  }
}
