package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LockOrderTest {
  private static final Owner OWNER = new Owner(0, 0);
  private static final Instant NOW = Instant.ofEpochSecond(0);

  private final Inode directory = new Directory(9, 0755, OWNER, NOW);
  private final Inode laterDirectory = new Directory(12, 0755, OWNER, NOW);
  private final Inode file = new RegularFile(3, 0644, OWNER, NOW);
  private final Inode laterFile = new RegularFile(10, 0644, OWNER, NOW);

  @Test
  void directoriesComeFirstThenNumbersDecide() {
    List<Inode> order = List.of(directory, laterDirectory, file, laterFile);
    for (int i = 0; i < order.size(); i++) {
      for (int j = 0; j < order.size(); j++) {
        assertThat(LockOrder.allows(order.get(i), order.get(j))).isEqualTo(i <= j);
      }
    }
  }

  @Test
  void allAreLockedWhateverTheirOrderAndHoweverOftenTheyAreNamed() {
    boolean locked =
        LockOrder.locked(
            () ->
                Thread.holdsLock(directory)
                    && Thread.holdsLock(laterDirectory)
                    && Thread.holdsLock(file)
                    && !Thread.holdsLock(laterFile),
            file,
            null,
            laterDirectory,
            directory,
            file);

    assertThat(locked).isTrue();
    assertThat(Thread.holdsLock(file)).isFalse();
  }

  @Test
  void withNothingToLockTheBodyRuns() {
    assertThat(LockOrder.<String>locked(() -> "ran", (Inode) null)).isEqualTo("ran");
  }
}
