package dev.fused.it.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.fs.memory.MemoryFileSystem;
import dev.fused.fs.memory.MemoryOptions;
import dev.fused.it.support.Command;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.ServedMount;
import dev.fused.it.support.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a mount takes from the JVM that serves it, and that it gives all of it back. */
@NeedsMount
final class EndOfServingIT {
  private static final long MIB = 1 << 20;
  private static final int FILE_MIB = 512;

  /** Half of what is written: the rest of the JVM grows and shrinks too, but not by that much. */
  private static final long CLEARLY = FILE_MIB / 2 * MIB;

  /**
   * What is made once and stays, such as Netty's own threads, is made before anything is counted.
   */
  @BeforeAll
  static void warmUp() throws IOException {
    try (ServedMount mount = memory()) {
      Command.of("touch", mount.path().resolve("a")).output();
    }
  }

  @Test
  void closingGivesThreadsAndDescriptorsBack() throws IOException {
    List<String> threadsBefore = threadsOfMounts();
    List<String> descriptorsBefore = descriptors();
    assertThat(threadsBefore).isEmpty();

    for (int i = 0; i < 10; i++) {
      try (ServedMount mount = memory()) {
        Command.of("touch", mount.path().resolve("a")).output();
        assertThat(threadsOfMounts()).isNotEmpty();
        assertThat(descriptors()).contains("/dev/fuse", "anon_inode:[eventpoll]");
      }
    }

    Waiting.until("the threads are gone", () -> threadsOfMounts().isEmpty());
    assertThat(descriptors()).isEqualTo(descriptorsBefore);
  }

  @Test
  void umountFromOutsideGivesThreadsAndDescriptorsBackToo() throws Exception {
    List<String> descriptorsBefore = descriptors();
    try (ServedMount mount = memory()) {
      Command.of("umount", mount.path()).output();

      assertThat(mount.mount().awaitUnmount(Duration.ofSeconds(30))).isTrue();
      assertThat(mount.mount().isServed()).isFalse();
      Waiting.until("the threads are gone", () -> threadsOfMounts().isEmpty());
      assertThat(descriptors()).isEqualTo(descriptorsBefore);
    }
  }

  @Test
  void closingGivesTheMemoryOfFilesBack() throws IOException {
    long before = residentBytes("self");
    long filled;
    try (ServedMount mount = memory()) {
      fill(mount.path());
      filled = residentBytes("self");
      assertThat(filled - before).isGreaterThan(CLEARLY);
    }

    assertThat(residentBytes("self")).isLessThan(filled - CLEARLY);
  }

  /** In the program, whose launcher says how its memory is to be managed. */
  @Test
  void removingAFileGivesItsMemoryBack() {
    try (DaemonMount mount = DaemonMount.start("--size", "1g")) {
      String server = String.valueOf(mount.server().pid());
      Path file = fill(mount.path());
      long filled = residentBytes(server);
      Command.of("rm", file).output();

      // The kernel forgets an inode some time after it was removed.
      Waiting.until("memory is given back", () -> residentBytes(server) < filled - CLEARLY);
    }
  }

  @Test
  void whatWasMadeIsGoneAtTheNextMount() throws IOException {
    try (ServedMount mount = memory()) {
      Command.of("touch", mount.path().resolve("a")).output();
    }
    try (ServedMount mount = memory()) {
      assertThat(Command.of("ls", "-A", mount.path()).output()).isEmpty();
    }
  }

  private static ServedMount memory() throws IOException {
    return ServedMount.serving(new MemoryFileSystem(MemoryOptions.of(1L << 30, 1000)));
  }

  private static Path fill(Path directory) {
    Path file = directory.resolve("large");
    Command.of("dd", "if=/dev/urandom", "of=" + file, "bs=1M", "count=" + FILE_MIB).output();
    return file;
  }

  private static List<String> threadsOfMounts() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("fused"))
        .toList();
  }

  /** What the descriptors of this process lead to that a mount could have opened. */
  private static List<String> descriptors() throws IOException {
    List<String> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path descriptor : all) {
        try {
          String target = Files.readSymbolicLink(descriptor).toString();
          if (target.startsWith("/dev/") || target.startsWith("anon_inode:")) {
            found.add(target);
          }
        } catch (NoSuchFileException e) {
          // That of the listing itself.
        }
      }
    }
    Collections.sort(found);
    return found;
  }

  /** Memory of a process that is not mapped from files. */
  private static long residentBytes(String process) {
    try {
      return Files.readAllLines(Path.of("/proc", process, "status")).stream()
              .filter(line -> line.startsWith("RssAnon:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum()
          * 1024;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
