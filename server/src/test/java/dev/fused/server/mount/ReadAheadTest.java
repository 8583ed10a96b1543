package dev.fused.server.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReadAheadTest {
  @TempDir Path directory;

  @Test
  void whatIsLessIsRaised() throws IOException {
    assertThat(after("128\n", 1 << 20)).isEqualTo("1024");
  }

  @Test
  void whatIsMoreStays() throws IOException {
    assertThat(after("2048\n", 1 << 20)).isEqualTo("2048\n");
    assertThat(after("128\n", 0)).isEqualTo("128\n");
  }

  @Test
  void whatCannotBeReadOrWrittenStaysAsItIs() throws IOException {
    assertThat(after("unknown\n", 1 << 20)).isEqualTo("unknown\n");
    Path missing = directory.resolve("missing/read_ahead_kb");
    ReadAhead.raise(missing, 1 << 20);
    assertThat(missing).doesNotExist();
  }

  private String after(String before, int bytes) throws IOException {
    Path setting = Files.writeString(directory.resolve("read_ahead_kb"), before);
    ReadAhead.raise(setting, bytes);
    return Files.readString(setting);
  }
}
