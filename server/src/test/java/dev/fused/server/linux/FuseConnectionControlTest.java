package dev.fused.server.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FuseConnectionControlTest {
  @TempDir Path connections;

  private FuseConnectionControl control;

  @BeforeEach
  void connection39() {
    control = new FuseConnectionControl(connections, 39);
  }

  @Test
  void waitingIsTheNumberInItsFile() throws IOException {
    Files.createDirectory(connections.resolve("39"));
    Files.writeString(connections.resolve("39/waiting"), "17\n");
    assertThat(control.waiting()).isEqualTo(17);
  }

  @Test
  void abortWritesIntoItsFile() throws IOException {
    Files.createDirectory(connections.resolve("39"));
    Path abort = Files.createFile(connections.resolve("39/abort"));
    assertThat(control.isAvailable()).isTrue();
    control.abort();
    assertThat(abort).hasContent("1");
  }

  @Test
  void withoutFusectlTheMessageSaysHowToMountIt() {
    assertThat(control.isAvailable()).isFalse();
    assertThatThrownBy(control::abort)
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(connections.resolve("39/abort") + " does not exist")
        .hasMessageContaining("mount -t fusectl none /sys/fs/fuse/connections");
    assertThatThrownBy(control::waiting)
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(connections.resolve("39/waiting") + " does not exist");
    assertThat(connections).isEmptyDirectory();
  }

  @Test
  void aFileThatIsMissingIsNotMade() throws IOException {
    Path directory = Files.createDirectory(connections.resolve("39"));
    assertThatThrownBy(control::abort).isInstanceOf(IOException.class);
    assertThat(directory).isEmptyDirectory();
  }
}
