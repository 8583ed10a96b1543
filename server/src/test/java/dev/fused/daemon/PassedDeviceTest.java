package dev.fused.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassedDeviceTest {
  private static final long PID = 4711;
  private static final int FREE = 1_000_000;

  @TempDir Path directory;

  private static Optional<FuseDevice> at(String mountPoint) throws IOException {
    return PassedDevice.of(Optional.of(Path.of(mountPoint)), Map.of(), PID);
  }

  private static Optional<FuseDevice> listening(String pid, String count) throws IOException {
    return PassedDevice.of(Optional.empty(), Map.of("LISTEN_PID", pid, "LISTEN_FDS", count), PID);
  }

  private AbstractThrowableAssert<?, ?> assertRefused(Path file) {
    int fd = Libc.open(file.toString(), Libc.O_RDWR | Libc.O_CLOEXEC);
    try {
      return assertThatThrownBy(() -> at("/dev/fd/" + fd))
          .hasMessage("descriptor " + fd + " is not an open /dev/fuse");
    } finally {
      Libc.close(fd);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/mnt/fast", "/dev/fd", "/dev/fd/3/fast", "/"})
  void aDirectoryIsNoDescriptor(String mountPoint) throws IOException {
    assertThat(at(mountPoint)).isEmpty();
  }

  @Test
  void withoutMountPointAndEnvironmentThereIsNone() throws IOException {
    assertThat(PassedDevice.of(Optional.empty(), Map.of(), PID)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"fuse", "-1", "3,4", "99999999999"})
  void whatIsNoNumberIsRefused(String name) {
    assertThatThrownBy(() -> at("/dev/fd/" + name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("/dev/fd/" + name + " names no descriptor: /dev/fd/N takes a number");
  }

  @Test
  void aClosedDescriptorIsRefused() {
    assertThatThrownBy(() -> at("/dev/fd/" + FREE))
        .isInstanceOf(IOException.class)
        .hasMessage("descriptor " + FREE + " is not open: EBADF (bad file descriptor)");
  }

  @Test
  void aRegularFileIsRefused() throws IOException {
    assertRefused(Files.createFile(directory.resolve("file"))).isInstanceOf(IOException.class);
  }

  @Test
  void anotherDeviceIsRefused() {
    assertRefused(Path.of("/dev/null")).isInstanceOf(IOException.class);
  }

  @Test
  void aDeviceIsTakenOver() throws IOException {
    int fd = Libc.open("/dev/fuse", Libc.O_RDWR | Libc.O_CLOEXEC);
    assumeTrue(fd >= 0, "this user cannot open /dev/fuse");

    try (FuseDevice device = at("/dev/fd/" + fd).orElseThrow()) {
      assertThat(device.fd()).isEqualTo(fd);
      assertThat(PassedDevice.placeOf(device)).isEqualTo(Path.of("/dev/fd/" + fd));
    }
  }

  @Test
  void descriptorsForAnotherProcessAreNotTaken() throws IOException {
    assertThat(listening("4710", "2")).isEmpty();
    assertThat(listening("", "2")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "two", "", "1025", "99999999999"})
  void aCountThatIsNoneIsRefused(String count) {
    assertThatThrownBy(() -> listening("4711", count))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "LISTEN_FDS must be a number of descriptors, 1 to 1024, but is \"" + count + "\"");
  }

  @Test
  void aMountPointBesideDescriptorsIsRefused() {
    Map<String, String> environment = Map.of("LISTEN_PID", "4711", "LISTEN_FDS", "1");

    assertThatThrownBy(() -> PassedDevice.of(Optional.of(Path.of("/mnt/fast")), environment, PID))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "both a mount point and descriptors (LISTEN_FDS) are given, and it takes only one");
  }
}
