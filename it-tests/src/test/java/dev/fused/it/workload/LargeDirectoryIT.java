package dev.fused.it.workload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.NeedsMount;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/** One directory with 100,000 files. */
@NeedsMount
final class LargeDirectoryIT {
  private static final int FILES = 100_000;
  private static final int MAKERS = 4;
  private static final int LISTINGS = 5;
  private static final String STAYING = "staying";

  /** Every other file goes before the listings, so that they cross gaps. */
  @Test
  void whatIsThereThroughoutIsListedExactlyOnceWhileOthersComeAndGo() throws Exception {
    try (DaemonMount mount = DaemonMount.start("--size", "64m", "--inodes", "300k");
        ExecutorService threads = Executors.newFixedThreadPool(MAKERS)) {
      Path directory = Files.createDirectory(mount.path().resolve("directory"));
      makeAll(directory, threads);
      AtomicBoolean stop = new AtomicBoolean();
      LongAdder changes = new LongAdder();
      List<Future<?>> changing = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        Path prefix = directory.resolve("coming" + thread + ".");
        changing.add(
            threads.submit(
                () -> {
                  comeAndGo(prefix, stop, changes);
                  return null;
                }));
      }

      try {
        for (int i = 0; i < LISTINGS; i++) {
          long before = changes.sum();
          assertEachOnce(listing(directory));
          assertThat(changes.sum()).as("changes during the listing").isGreaterThan(before + 10);
        }
      } finally {
        stop.set(true);
      }
      for (Future<?> change : changing) {
        change.get();
      }
      assertThat(listing(directory)).hasSize(FILES);
    }
  }

  private static void makeAll(Path directory, ExecutorService threads) throws Exception {
    List<Future<?>> making = new ArrayList<>();
    for (int maker = 0; maker < MAKERS; maker++) {
      int first = maker;
      making.add(
          threads.submit(
              () -> {
                for (int i = first; i < FILES; i += MAKERS) {
                  Files.createFile(directory.resolve("leaving" + i));
                  Files.createFile(directory.resolve(STAYING + i));
                  Files.delete(directory.resolve("leaving" + i));
                }
                return null;
              }));
    }
    for (Future<?> made : making) {
      made.get();
    }
  }

  private static void comeAndGo(Path prefix, AtomicBoolean stop, LongAdder changes)
      throws IOException {
    int window = 50;
    for (int i = 0; ; i++) {
      boolean over = stop.get();
      if (!over) {
        Files.createFile(Path.of(prefix.toString() + i));
      }
      if (i >= window) {
        Files.delete(Path.of(prefix.toString() + (i - window)));
      }
      changes.increment();
      if (over) {
        for (int left = Math.max(0, i - window + 1); left < i; left++) {
          Files.delete(Path.of(prefix.toString() + left));
        }
        return;
      }
    }
  }

  private static List<String> listing(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
    }
    return names;
  }

  private static void assertEachOnce(List<String> names) {
    Map<String, Integer> seen = new HashMap<>();
    for (String name : names) {
      if (name.startsWith(STAYING)) {
        seen.merge(name, 1, Integer::sum);
      } else {
        assertThat(name).startsWith("coming");
      }
    }
    assertThat(seen).hasSize(FILES);
    assertThat(seen.values()).allMatch(count -> count == 1);
  }
}
