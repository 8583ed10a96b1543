package dev.fused.it.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.DataReply;
import dev.fused.it.support.Command;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.ServedMount;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.request.Read;
import dev.fused.server.linux.FuseConnectionControl;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection that the kernel ends, of itself or because somebody asks it to. */
@NeedsMount
@Timeout(240)
final class AbortIT {
  private static final Duration BOUND = Duration.ofMinutes(2);

  /** Never answers a READ. */
  private static final class Silent extends ChangingFiles {
    final BlockingQueue<DataReply> unanswered = new LinkedBlockingQueue<>();

    /** A reply that nobody holds would be answered. */
    private final List<DataReply> held = new CopyOnWriteArrayList<>();

    @Override
    public void read(Read request, DataReply reply) {
      held.add(reply);
      unanswered.add(reply);
    }
  }

  private final Silent files = new Silent();

  /** The kernel looks every 15 s, and takes a shorter time for 15 s. */
  @Test
  void aRequestThatIsNeverAnsweredEndsTheMountAfterItsTimeout() throws Exception {
    files.put("file", "text\n");
    try (ServedMount mount = ServedMount.serving(files, "request_timeout=1");
        RunningCommand reader = Command.of("cat", mount.path().resolve("file")).start()) {
      assertThat(mount.mount().connection().has(InitFlag.REQUEST_TIMEOUT)).isTrue();
      DataReply reply = files.unanswered.take();

      assertThat(mount.mount().awaitUnmount(BOUND)).isTrue();

      assertThat(mount.mount().wasAborted()).isFalse();
      assertThat(reader.await().status()).isEqualTo(1);
      assertThat(mount.directory().mounted()).isEmpty();
      assertThat(reply.isInterrupted()).as("told that nobody waits").isTrue();
    }
  }

  /** Whether or not fusectl is mounted on this machine. */
  @Test
  void anAbortEndsTheMountAndIsToldApartFromAnUnmount() throws Exception {
    files.put("file", "text\n");
    try (ServedMount mount = ServedMount.serving(files);
        RunningCommand reader = Command.of("cat", mount.path().resolve("file")).start()) {
      assertThat(mount.mount().connection().has(InitFlag.ABORT_ERROR)).isTrue();
      files.unanswered.take();
      int connection = mount.directory().mounted().orElseThrow().connection();

      new FuseConnectionControl(connection).abort();

      assertThat(mount.mount().awaitUnmount(BOUND)).isTrue();
      assertThat(mount.mount().wasAborted()).isTrue();
      assertThat(reader.await().err()).containsAnyOf("connection abort", "not connected");
      assertThat(mount.directory().mounted()).isEmpty();
    }
    try (ServedMount mount = ServedMount.serving(files)) {
      Command.of("umount", mount.path()).output();
      assertThat(mount.mount().awaitUnmount(BOUND)).isTrue();
      assertThat(mount.mount().wasAborted()).isFalse();
    }
  }
}
