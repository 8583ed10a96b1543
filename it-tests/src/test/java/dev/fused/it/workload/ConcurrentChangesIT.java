package dev.fused.it.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.FreeSpace;
import dev.fused.it.support.NeedsMount;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Many threads change one tree at once; each knows what its part of it must then be. */
@NeedsMount
final class ConcurrentChangesIT {
  private static final int THREADS = 16;
  private static final int SHARED_DIRECTORIES = 5;
  private static final Duration DURATION =
      Duration.ofSeconds(Integer.getInteger("fused.it.seconds", 60));

  @Test
  void theTreeAgreesWithAModelAfterAMinuteOfChanges() throws Exception {
    try (DaemonMount mount = DaemonMount.start("--size", "1g", "--inodes", "200k");
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Path> shared = new ArrayList<>();
      for (int i = 0; i < SHARED_DIRECTORIES; i++) {
        shared.add(Files.createDirectory(mount.path().resolve("shared" + i)));
      }
      List<RandomChanges> changes = new ArrayList<>();
      List<Future<?>> running = new ArrayList<>();
      long end = System.nanoTime() + DURATION.toNanos();
      for (int thread = 0; thread < THREADS; thread++) {
        RandomChanges own = new RandomChanges(shared, "t" + thread + ".", thread);
        changes.add(own);
        running.add(
            threads.submit(
                () -> {
                  while (System.nanoTime() < end) {
                    own.step();
                  }
                  return null;
                }));
      }
      for (Future<?> thread : running) {
        thread.get();
      }

      TreeMap<Path, String> expected = new TreeMap<>();
      changes.forEach(own -> expected.putAll(own.model()));
      ModelTree.addLinkCounts(expected, shared);
      assertThat(changes).allMatch(own -> own.steps() > 100);
      assertThat(ModelTree.read(mount.path())).isEqualTo(expected);
      assertSpaceIsWhatTheTreeTakes(mount.path(), expected);
    }
  }

  /** Nothing that was removed is still counted: inodes and pages in use are those of the tree. */
  private static void assertSpaceIsWhatTheTreeTakes(Path mount, Map<Path, String> tree) {
    String files = Command.shell("find . -type f -printf '%i %b\\n' | sort -u").in(mount).output();
    long inodes = tree.size() + 1L;
    long blocks =
        files
            .lines()
            .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
            .sum();

    assertThat(FreeSpace.settled(mount, "iused", inodes)).isEqualTo(inodes);
    assertThat(FreeSpace.settled(mount, "used", blocks)).isEqualTo(blocks);
  }
}
