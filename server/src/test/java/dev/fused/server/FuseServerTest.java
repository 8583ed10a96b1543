package dev.fused.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.InitFlag;
import dev.fused.server.mount.MountException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused before anything is mounted. */
class FuseServerTest {
  private static final Path DEVICE = Path.of("/dev/fuse");

  @TempDir Path directory;

  private static FuseServer server() {
    return FuseServer.serving(new FuseFileSystem() {});
  }

  private Path missing() {
    return directory.resolve("missing");
  }

  @Test
  void aWrongOptionIsRefusedWhenItIsGiven() {
    assertThatThrownBy(() -> server().option("max_write=1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("max_write");
  }

  @Test
  void anOptionThatNobodyKnowsIsRefusedWhenMounting() {
    assertThatThrownBy(() -> server().option("size=4g").mount(missing()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unknown mount option \"size\"");
  }

  @Test
  void aCaptureOnTheMountItselfIsRefused() {
    Path file = directory.resolve("capture");

    assertThatThrownBy(() -> server().capture(file).mount(directory))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the capture file " + file + " must not lie under the mount point");
    assertThat(file).doesNotExist();
  }

  @Test
  void lessThanOneLoopIsRefused() {
    assertThatThrownBy(() -> server().loops(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("loops must be 1 or more, but is 0");
  }

  @Test
  void aCongestionThresholdAboveTheBackgroundLimitIsRefused() {
    FuseServer server = server().option("max_background=8").option("congestion_threshold=9");

    assertThatThrownBy(() -> server.mount(missing()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("congestion_threshold must be between 1 and 8, but is 9");
  }

  @Test
  void aFlagThatNobodyHonoursIsRefused() {
    FuseFileSystem fileSystem =
        new FuseFileSystem() {
          @Override
          public Set<InitFlag> capabilities() {
            return Set.of(InitFlag.MAP_ALIGNMENT);
          }
        };

    assertThatThrownBy(() -> FuseServer.serving(fileSystem).mount(missing()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MAP_ALIGNMENT");
  }

  @Test
  void aMountWhoseServerChecksPermissionsCannotBeIdmapped() {
    assertThatThrownBy(() -> server().option("idmap").mount(missing()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("mount option \"idmap\" needs \"default_permissions\"");
  }

  @Test
  void aFileSystemThatNeedsIdsCannotBeIdmapped() {
    FuseServer server = server().option("idmap").option("default_permissions");

    assertThatThrownBy(() -> server.mount(missing()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the file system needs the ids of callers");
  }

  @Test
  void aMissingMountPointIsNamedAndLeavesNoDeviceOpenAndNoThread() throws IOException {
    assumeTrue(Files.isReadable(DEVICE) && Files.isWritable(DEVICE), "cannot open " + DEVICE);
    long devices = openDevices();

    assertThatThrownBy(() -> server().option("max_background=1").mount(missing()))
        .isInstanceOf(MountException.class)
        .hasMessageStartingWith(missing() + " does not exist");

    assertThat(openDevices()).isEqualTo(devices);
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().contains(missing().toString()));
  }

  private static long openDevices() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(FuseServerTest::isDevice).count();
    }
  }

  private static boolean isDevice(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).equals(DEVICE);
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }
}
