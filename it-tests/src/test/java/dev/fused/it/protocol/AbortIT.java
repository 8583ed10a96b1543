package dev.fused.it.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.DataReply;
import dev.fused.it.support.Command;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.ServedMount;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.request.Read;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
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

    @Override
    public void read(Read request, DataReply reply) {
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
      Reference.reachabilityFence(reply);
    }
  }

  @Test
  void anAbortEndsTheMountAndIsToldApartFromAnUnmount() throws Exception {
    files.put("file", "text\n");
    try (MountDirectory control = MountDirectory.create();
        ServedMount mount = ServedMount.serving(files);
        RunningCommand reader = Command.of("cat", mount.path().resolve("file")).start()) {
      assertThat(mount.mount().connection().has(InitFlag.ABORT_ERROR)).isTrue();
      DataReply reply = files.unanswered.take();
      int connection = mount.directory().mounted().orElseThrow().connection();
      Command.of("mount", "-t", "fusectl", "fusectl", control.path()).output();

      Files.writeString(control.path().resolve(connection + "/abort"), "1");

      assertThat(mount.mount().awaitUnmount(BOUND)).isTrue();
      assertThat(mount.mount().wasAborted()).isTrue();
      assertThat(reader.await().err()).containsAnyOf("connection abort", "not connected");
      assertThat(mount.directory().mounted()).isEmpty();
      Reference.reachabilityFence(reply);
    }
    try (ServedMount mount = ServedMount.serving(files)) {
      Command.of("umount", mount.path()).output();
      assertThat(mount.mount().awaitUnmount(BOUND)).isTrue();
      assertThat(mount.mount().wasAborted()).isFalse();
    }
  }
}
