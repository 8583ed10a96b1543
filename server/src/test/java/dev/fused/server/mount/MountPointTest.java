package dev.fused.server.mount;

import static dev.fused.server.mount.FakeKernel.MINOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A FUSE mount of these tests stands in the table only: whoever asked for the file would fail. */
class MountPointTest {
  private final FakeKernel kernel = new FakeKernel();
  private Path directory = Path.of("");

  @BeforeEach
  void realDirectory(@TempDir Path temporary) throws IOException {
    directory = temporary.toRealPath();
  }

  @Test
  void aDirectoryLeadsToItself() throws IOException {
    MountPoint point = MountPoint.toMountOn(directory, kernel.table());
    assertThat(point.path()).isEqualTo(directory);
    assertThat(point.mounted()).isEmpty();
  }

  @Test
  void symbolicLinksAndDotsAreFollowed() throws IOException {
    Path target = Files.createDirectories(directory.resolve("a/b"));
    Files.createDirectory(directory.resolve("a/c"));
    Files.createSymbolicLink(directory.resolve("a/relative"), Path.of("../a/./b"));
    Files.createSymbolicLink(directory.resolve("absolute"), directory.resolve("a/relative"));
    Path path = directory.resolve("a/c/.././c/../../absolute/.");
    assertThat(MountPoint.toMountOn(path, kernel.table()).path()).isEqualTo(target);
  }

  @Test
  void dotDotAfterALinkIsTheParentOfItsTarget() throws IOException {
    Files.createDirectories(directory.resolve("a/b"));
    Files.createSymbolicLink(directory.resolve("link"), Path.of("a/b"));
    assertThat(MountPoint.toMountOn(directory.resolve("link/.."), kernel.table()).path())
        .isEqualTo(directory.resolve("a"));
  }

  @Test
  void aLoopOfLinksIsRefused() throws IOException {
    Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
    assertThatThrownBy(() -> MountPoint.toMountOn(loop, kernel.table()))
        .isInstanceOf(MountException.class)
        .hasMessage(loop + " leads through too many symbolic links");
  }

  @Test
  void aMissingDirectoryIsNamedWithItsRemedy() {
    Path missing = directory.resolve("missing");
    assertThatThrownBy(() -> MountPoint.toMountOn(missing, kernel.table()))
        .isInstanceOf(MountException.class)
        .hasMessage(missing + " does not exist; create it first: mkdir -p " + missing);
  }

  @Test
  void aRegularFileIsRefused() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    for (Path path : new Path[] {file, file.resolve("below")}) {
      assertThatThrownBy(() -> MountPoint.toMountOn(path, kernel.table()))
          .isInstanceOf(MountException.class)
          .hasMessage(file + " is not a directory; fused mounts on directories only");
    }
  }

  @Test
  void aFuseMountAtTheEndIsFoundWithoutAskingIt() throws IOException {
    Path dead = directory.resolve("dead mount");
    MountInfo mount = kernel.add(31, MINOR, dead, "fuse.fused");
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("dead mount"));
    assertThat(MountPoint.toMountOn(dead, kernel.table()).fuseMount()).hasValue(mount);
    assertThat(MountPoint.toUnmount(link, kernel.table()).fuseMount()).hasValue(mount);
    assertThat(MountPoint.toUnmount(link, kernel.table()).path()).isEqualTo(dead);
  }

  @Test
  void anotherMountAtTheEndIsFoundToo() throws IOException {
    MountInfo mount = kernel.add(31, MINOR, directory, "tmpfs");
    MountPoint point = MountPoint.toUnmount(directory, kernel.table());
    assertThat(point.mounted()).hasValue(mount);
    assertThat(point.fuseMount()).isEmpty();
  }

  @Test
  void aPlaceInsideAFuseMountIsNotUnmountedAndTheMountNotAsked() {
    Path dead = directory.resolve("dead");
    kernel.add(31, MINOR, dead, "fuse.fused");
    assertThatThrownBy(() -> MountPoint.toUnmount(dead.resolve("a/b"), kernel.table()))
        .isInstanceOf(MountException.class)
        .hasMessage(dead + "/a/b is not a mount point; it lies inside the FUSE mount " + dead);
  }

  @Test
  void aMountInsideAFuseMountIsFound() throws IOException {
    Path inner = Files.createDirectories(directory.resolve("outer/a/inner"));
    kernel.add(31, MINOR, directory.resolve("outer"), "fuse.sshfs");
    kernel.mounts.add(MountInfo.parse("32 31 0:9 / " + inner + " rw - fuse.fused inner rw"));
    assertThat(MountPoint.toUnmount(inner, kernel.table()).mounted().map(MountInfo::source))
        .hasValue("inner");
  }

  @Test
  void insideAFuseMountAMountMayBeMade() throws IOException {
    Path inner = Files.createDirectories(directory.resolve("outer/a"));
    kernel.add(31, MINOR, directory.resolve("outer"), "fuse.sshfs");
    MountPoint point = MountPoint.toMountOn(inner, kernel.table());
    assertThat(point.path()).isEqualTo(inner);
    assertThat(point.mounted()).isEmpty();
  }
}
