package dev.fused.it.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.server.FuseMount;
import dev.fused.server.FuseServer;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Libc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A program that serves what somebody else has mounted. */
@NeedsMount
final class OthersMountIT {
  private static FuseServer server() {
    byte[] text = OneFile.TEXT.getBytes(StandardCharsets.US_ASCII);
    return FuseServer.serving(
        new OneFile(
            false, (request, reply) -> reply.range(text, request.offset(), request.size())));
  }

  private static int open() {
    return Libc.open("/dev/fuse", Libc.O_RDWR | Libc.O_CLOEXEC);
  }

  private static void mount(int fd, Path place) {
    String data = "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions".formatted(fd);
    assertThat(Libc.mount("other", place.toString(), "fuse.other", 0, data)).isZero();
  }

  @Test
  void theMountIsServedNamedAndTakenAway() throws Exception {
    try (MountDirectory directory = MountDirectory.create()) {
      int fd = open();
      mount(fd, directory.path());
      try (FuseMount mount = server().loops(2).serve(FuseDevice.adopt(fd))) {
        assertThat(mount.path()).isEqualTo(directory.path());
        assertThat(mount.connectionNumber())
            .hasValue(directory.mounted().orElseThrow().connection());
        assertThat(mount.transport()).isEqualTo("epoll (2 loops)");
        assertThat(directory.path().resolve("file")).hasContent(OneFile.TEXT);
      }
      assertThat(directory.mounted()).isEmpty();
    }
  }

  @Test
  void aMountThatIsMadeAMomentLaterIsWaitedFor() throws Exception {
    try (MountDirectory directory = MountDirectory.create()) {
      int fd = open();
      FuseServer server = server();
      CompletableFuture<FuseMount> serving =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return server.serve(FuseDevice.adopt(fd));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      mount(fd, directory.path());
      try (FuseMount mount = serving.get()) {
        assertThat(mount.path()).isEqualTo(directory.path());
      }
      assertThat(directory.mounted()).isEmpty();
    }
  }

  @Test
  void aMountThatHasEndedIsRefusedAndLeavesNothingOpen() throws Exception {
    try (MountDirectory directory = MountDirectory.create()) {
      int fd = open();
      mount(fd, directory.path());
      assertThat(Libc.umount2(directory.path().toString(), 0)).isZero();
      FuseDevice device = FuseDevice.adopt(fd);

      assertThatThrownBy(() -> server().serve(device))
          .hasMessage(
              "cannot serve /dev/fd/%d: the mount ended before the kernel sent INIT".formatted(fd));
      assertThat(device.isOpen()).isFalse();
    }
  }
}
