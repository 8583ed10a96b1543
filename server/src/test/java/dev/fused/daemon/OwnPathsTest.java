package dev.fused.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnPathsTest {
  @TempDir Path scratch;

  @Test
  void aFileUnderTheMountPointIsRefusedWithWhatToDo() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new OwnPaths(Path.of("/m")).refuse(Path.of("/m/x/../log"), "log file", "move it"))
        .withMessage("the log file /m/x/../log must not lie under the mount point; move it");
  }

  @Test
  void aFileBesideTheMountPointIsNot() {
    assertThatCode(
            () -> new OwnPaths(Path.of("/m")).refuse(Path.of("/mm/log"), "log file", "move it"))
        .doesNotThrowAnyException();
  }

  @Test
  void symbolicLinksAreFollowedAlsoWhereTheFileIsNotThereYet() throws IOException {
    Path mountPoint = Files.createDirectories(scratch.toRealPath().resolve("real/mount"));
    Path link = Files.createSymbolicLink(scratch.resolve("link"), mountPoint.getParent());
    Path file = link.resolve("mount/new/log");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new OwnPaths(mountPoint).refuse(file, "log file", "move it"));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new OwnPaths(link.resolve("mount"))
                    .refuse(mountPoint.resolve("log"), "log file", "move it"));
  }

  @Test
  void aMountPointThatCoversTheProgramIsRefused() {
    Path java = Path.of(System.getProperty("java.home"));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new OwnPaths(java).refuseForJvm())
        .withMessageContaining("Java runtime");
    assertThatCode(() -> new OwnPaths(Path.of("/nowhere")).refuseForJvm())
        .doesNotThrowAnyException();
  }

  /** As with a mount on /tmp. */
  @Test
  void temporaryFilesGoElsewhereIfTheirPlaceIsCovered() {
    String before = System.getProperty("java.io.tmpdir");
    try {
      System.setProperty("java.io.tmpdir", scratch.toString());
      new OwnPaths(scratch).moveJvm();

      assertThat(Path.of(System.getProperty("java.io.tmpdir")))
          .isWritable()
          .matches(moved -> !moved.startsWith(scratch));
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  @Test
  void theFlagsOfTheJvmStandBeforeTheMainClass() {
    String commandLine =
        "java\0@x\0-XX:HeapDumpPath=/m/dump\0-cp\0/a.jar\0dev.fused.daemon.Fused\0mount\0-Xm\0";

    assertThat(OwnPaths.ofCommandLine(commandLine)).containsExactly("-XX:HeapDumpPath=/m/dump");
    assertThat(OwnPaths.ofCommandLine("java\0-XX:A=/m\0other.Main\0")).isEmpty();
  }
}
