package dev.fused.server.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelClockTest {
  private final InstantSource clock = KernelClock.open();

  @TempDir Path directory;

  @Test
  void itIsThatOfTheKernel() {
    assertThat(clock).isInstanceOf(KernelClock.class);
  }

  /** A file that the kernel stamps is new each time: it has not been looked at. */
  @Test
  void whatTheKernelStampsLaterIsNotOlder() throws IOException {
    for (int i = 0; i < 500; i++) {
      Instant before = clock.instant();
      FileTime stamped = Files.getLastModifiedTime(Files.createFile(directory.resolve("f" + i)));

      assertThat(stamped.toInstant()).isAfterOrEqualTo(before);
      assertThat(clock.instant()).isAfterOrEqualTo(stamped.toInstant());
    }
  }

  @Test
  void itIsNotAheadOfPrograms() {
    Instant time = clock.instant();

    assertThat(time).isBeforeOrEqualTo(Instant.now());
  }
}
