package dev.fused.server.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fused.protocol.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FuseDeviceTest {
  @TempDir Path directory;

  @Test
  void aMissingDeviceIsNamedWithItsRemedy() {
    Path missing = directory.resolve("fuse");
    assertThatThrownBy(() -> FuseDevice.open(missing))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot open " + missing + ": ENOENT (")
        .hasMessageContaining("modprobe fuse")
        .hasMessageContaining("--device /dev/fuse");
  }

  @Test
  void anErrorWithoutRemedyIsNamedAlone() {
    assertThatThrownBy(() -> FuseDevice.open(directory))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot open " + directory + ": EISDIR (is a directory)");
  }

  @Test
  void aClosedDescriptorIsNotAdopted() {
    assertThatThrownBy(() -> FuseDevice.adopt(-1))
        .isInstanceOf(IOException.class)
        .hasMessage("descriptor -1 is not open: EBADF (bad file descriptor)");
  }

  @Test
  void anotherFileIsNotAdoptedAndStaysOpen() {
    int fd = Libc.open("/dev/null", Libc.O_RDWR);
    assertThatThrownBy(() -> FuseDevice.adopt(fd))
        .isInstanceOf(IOException.class)
        .hasMessage("descriptor " + fd + " is not an open /dev/fuse");
    assertThat(Libc.fcntl(fd, Libc.F_GETFD, 0)).as("flags").isZero();
    assertThat(Libc.close(fd)).isZero();
  }

  @Test
  void anOpenedDeviceIsCloseOnExecAndNonBlocking() throws IOException {
    try (FuseDevice device = open()) {
      assertNonBlockingAndCloseOnExec(device);
    }
  }

  @Test
  void anAdoptedDeviceIsMadeCloseOnExecAndNonBlocking() throws IOException {
    assumeDevice();
    int fd = Libc.open("/dev/fuse", Libc.O_RDWR);
    try (FuseDevice device = FuseDevice.adopt(fd)) {
      assertThat(device.fd()).isEqualTo(fd);
      assertNonBlockingAndCloseOnExec(device);
    }
    assertThat(Libc.fcntl(fd, Libc.F_GETFD, 0)).isEqualTo(-Errno.EBADF.number());
  }

  @Test
  void whatIsNotMountedHasNoConnection() throws Exception {
    try (FuseDevice device = open()) {
      assertThat(device.connection()).isEmpty();
      assertThat(device.isAttached()).isFalse();
      assertThat(device.answersReads()).isFalse();
      assertThat(device.awaitAttached(Duration.ZERO)).isFalse();
    }
  }

  @Test
  void whatIsClosedHasNoConnection() throws IOException {
    FuseDevice device = open();
    device.close();
    assertThat(device.connection()).isEmpty();
  }

  @Test
  void aDeviceOfItsOwnIsNoClone() throws IOException {
    assumeTrue(Platform.kernelIsAtLeast(6, 18), "the kernel does not tell connections");
    try (FuseDevice first = open();
        FuseDevice second = open()) {
      assertThatThrownBy(() -> FuseDevice.adopt(first.fd(), second.fd()))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "descriptor %d is not a clone of descriptor %d: one belongs to no connection, the"
                  + " other to no connection",
              second.fd(), first.fd());
    }
  }

  @Test
  void closeGivesTheDescriptorBackOnce() throws IOException {
    FuseDevice device = open();
    int fd = device.fd();
    device.close();
    assertThat(device.isOpen()).isFalse();
    assertThatThrownBy(device::fd)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("this /dev/fuse is closed");

    int next = Libc.open("/dev/null", Libc.O_RDWR);
    assumeTrue(next == fd, "another thread opened a file at the same moment");
    device.close();
    assertThat(Libc.close(next)).as("the number's new owner still has it").isZero();
  }

  @Test
  void aDeviceThatIsNotMountedCannotBeCloned() throws IOException {
    try (FuseDevice device = open()) {
      assertThatThrownBy(device::cloneDevice)
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("cannot clone /dev/fuse (descriptor " + device.fd() + "): E")
          .hasMessageEndingWith("only a device that is mounted can be cloned");
      assertThat(device.isOpen()).isTrue();
    }
  }

  @Test
  void itsTextTellsTheDescriptor() throws IOException {
    FuseDevice device = open();
    assertThat(device).hasToString("/dev/fuse (descriptor " + device.fd() + ")");
    device.close();
    assertThat(device).hasToString("/dev/fuse (closed)");
  }

  private static void assertNonBlockingAndCloseOnExec(FuseDevice device) {
    assertThat(Libc.fcntl(device.fd(), Libc.F_GETFD, 0)).isEqualTo(Libc.FD_CLOEXEC);
    assertThat(Libc.fcntl(device.fd(), Libc.F_GETFL, 0) & Libc.O_NONBLOCK).isNotZero();
  }

  private static FuseDevice open() throws IOException {
    assumeDevice();
    return FuseDevice.open();
  }

  private static void assumeDevice() {
    Path device = Path.of("/dev/fuse");
    assumeTrue(
        Files.isReadable(device) && Files.isWritable(device), "this user cannot open /dev/fuse");
  }
}
