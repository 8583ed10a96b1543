package dev.fused.it.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.Connection;
import dev.fused.filesystem.Notifier;
import dev.fused.it.support.Command;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.ServedMount;
import dev.fused.it.support.Waiting;
import dev.fused.server.FuseServer;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Platform;
import dev.fused.server.mount.MountException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From Linux 6.18 on mount(2) itself waits for INIT, and fails if that does. */
@NeedsMount
@Timeout(120)
final class SynchronousInitIT {
  private static final Path DEVICE = Path.of("/dev/fuse");

  private static long openDevices() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(SynchronousInitIT::isDevice).count();
    }
  }

  private static boolean isDevice(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).equals(DEVICE);
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  private static boolean anyThreadOf(Path mount) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().contains(mount.toString()));
  }

  @Test
  void theKernelCanWaitForInitFrom618On() throws IOException {
    try (FuseDevice device = FuseDevice.open()) {
      assertThat(device.requestSynchronousInit()).isEqualTo(Platform.kernelIsAtLeast(6, 18));
      assertThat(device.isAttached()).isFalse();
    }
  }

  /** Where the kernel waits, nobody can see the mount before. */
  @Test
  void theMountAppearsWhenInitIsAnswered() throws IOException {
    AtomicBoolean early = new AtomicBoolean();
    try (MountDirectory directory = MountDirectory.create()) {
      ChangingFiles files =
          new ChangingFiles() {
            @Override
            public void init(Connection connection, Notifier notifier) {
              early.set(directory.mounted().isPresent());
            }
          };
      files.put("file", "text\n");
      FuseServer.serving(files).mount(directory.path()).unmount(Duration.ofSeconds(10));
    }

    if (Platform.kernelIsAtLeast(6, 18)) {
      assertThat(early).isFalse();
    }
  }

  @Test
  void aFileSystemThatFailsInInitLeavesNothingBehind() throws Exception {
    long devices = openDevices();
    ChangingFiles failing =
        new ChangingFiles() {
          @Override
          public void init(Connection connection, Notifier notifier) {
            throw new IllegalStateException("no init");
          }
        };
    try (MountDirectory directory = MountDirectory.create()) {
      assertThatThrownBy(() -> FuseServer.serving(failing).mount(directory.path()))
          .isInstanceOf(IOException.class)
          .hasMessage("cannot serve " + directory.path() + ": no init");

      assertThat(directory.mounted()).isEmpty();
      Waiting.until("no thread is left", () -> !anyThreadOf(directory.path()));
      assertThat(openDevices()).isEqualTo(devices);
    }
  }

  /** A reader that had begun too early would sleep in the kernel for ever. */
  @Test
  void aMountThatTheKernelRefusesLeavesNothingBehind() throws Exception {
    long devices = openDevices();
    try (MountDirectory directory = MountDirectory.create()) {
      FuseServer server = FuseServer.serving(new ChangingFiles()).option("context=wrong");
      assertThatThrownBy(() -> server.mount(directory.path()))
          .isInstanceOf(MountException.class)
          .hasMessageStartingWith("cannot mount " + directory.path() + ": EINVAL");

      Waiting.until("no thread is left", () -> !anyThreadOf(directory.path()));
      assertThat(openDevices()).isEqualTo(devices);
    }
  }

  @Test
  void aMountIsServedAsSoonAsItIsMade() throws IOException {
    ChangingFiles files = new ChangingFiles();
    files.put("file", "text\n");
    for (int i = 0; i < 10; i++) {
      try (ServedMount mount = ServedMount.serving(files)) {
        assertThat(Command.of("cat", mount.path().resolve("file")).output()).isEqualTo("text\n");
      }
    }
  }
}
