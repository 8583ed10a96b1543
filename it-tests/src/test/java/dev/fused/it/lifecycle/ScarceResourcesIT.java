package dev.fused.it.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the server's process lacks, the caller is told, and nothing else is lost by it. */
@NeedsMount
@NeedsPrograms({"python3", "prlimit"})
final class ScarceResourcesIT {
  private static final Duration LONG = Duration.ofMinutes(2);

  /** Makes files until that fails, with which error, and whether all are there. */
  private static final String FILL =
      """
      import errno, os
      made, reason = 0, None
      while reason is None:
          try:
              if made % 1000 == 0:
                  os.mkdir(f"d{made // 1000}")
              os.close(os.open(f"d{made // 1000}/{made}", os.O_CREAT | os.O_WRONLY))
              made += 1
          except OSError as e:
              reason = errno.errorcode[e.errno]
      there = sum(len(os.listdir(d)) for d in os.listdir() if d != "kept")
      print(reason, there == made)
      """;

  @Test
  void aSmallHeapIsFullAtSomeTimeAndServesOn() {
    try (DaemonMount mount = DaemonMount.startWith("-Xmx28m", "--inodes", "4m")) {
      Command.shell("echo data > kept").in(mount.path()).output();

      assertThat(Command.of("python3", "-c", FILL).within(LONG).in(mount.path()).output())
          .isEqualTo("ENOSPC True\n");

      Command.shell("rm -r d*").within(LONG).in(mount.path()).output();
      Waiting.until(
          "the heap has room again",
          () -> Command.shell("mkdir again").in(mount.path()).run().status() == 0);
      assertThat(Command.shell("cat kept").in(mount.path()).output()).isEqualTo("data\n");
    }
  }

  @Test
  void withoutAddressSpaceForDataTheStoreIsFull() throws IOException {
    try (DaemonMount mount = DaemonMount.start("--size", "1g")) {
      Path status = Path.of("/proc/" + mount.server().pid() + "/status");
      long kib =
          Files.readAllLines(status).stream()
              .filter(line -> line.startsWith("VmSize:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
      long limit = (kib + (64 << 10)) << 10;
      Command.of("prlimit", "--pid", mount.server().pid(), "--as=" + limit + ":").output();

      String shown =
          Command.shell(
                  """
                  dd if=/dev/zero of=large bs=1M 2>&1 | grep -o 'No space.*' || true
                  head -c 1M large | tr -d '\\0' | wc -c
                  rm large
                  """)
              .in(mount.path())
              .output();

      assertThat(shown.lines()).containsExactly("No space left on device", "0");
      Command again = Command.shell("head -c 16M /dev/zero > other").in(mount.path());
      Waiting.until("there is space again", () -> again.run().status() == 0);
      // A JVM that cannot start a thread does not hear SIGTERM.
      Command.of("prlimit", "--pid", mount.server().pid(), "--as=unlimited:").output();
    }
  }

  /** A file of a private tmpfs is opened when something is asked of it. */
  @Test
  void withoutDescriptorsOpenFailsWithEmfileAndWhatIsThereStays() throws IOException {
    try (DaemonMount mount = DaemonMount.start("--data", "passthrough")) {
      Command.shell("echo data > kept; echo data > other").in(mount.path()).output();
      long open = descriptors(mount.server().pid());
      Command.of("prlimit", "--pid", mount.server().pid(), "--nofile=" + open + ":1024").output();

      Result failed = Command.shell("LC_ALL=C cp kept copy").in(mount.path()).run();
      assertThat(failed.status()).isNotZero();
      assertThat(failed.err()).contains("Too many open files");

      Command.of("prlimit", "--pid", mount.server().pid(), "--nofile=1024:1024").output();
      assertThat(Command.shell("cp kept copy; cat copy other").in(mount.path()).output())
          .isEqualTo("data\ndata\n");
      assertThat(mount.server().err()).contains("EMFILE").doesNotContain("\tat ");
      mount.kill(); // which does not mind that the log complains
    }
  }

  private static long descriptors(long pid) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return open.count();
    }
  }

  @Test
  void tooFewDescriptorsToStartWithAreOneSentence() {
    try (MountDirectory directory = MountDirectory.create()) {
      for (int few : new int[] {28, 38, 44}) {
        Result result =
            Command.shell(
                    "ulimit -n %d; exec '%s' mount -f '%s' --transport epoll"
                        .formatted(few, Launcher.script(), directory.path()))
                .run();

        assertThat(result.status()).as("%d descriptors", few).isEqualTo(1);
        assertThat(result.err())
            .as("%d descriptors", few)
            .contains("fused: cannot ")
            .doesNotContain("\tat ");
        assertThat(directory.mounted()).isEmpty();
      }
    }
  }

  @Test
  void aLogThatCannotBeWrittenStopsNobody() {
    try (MountDirectory small = MountDirectory.create();
        MountDirectory directory = MountDirectory.create()) {
      Command.of("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small.path()).output();
      Path log = small.path().resolve("log");
      Command.shell("head -c 56K /dev/zero > fill").in(small.path()).output();
      Launcher.command("mount", directory.path(), "-d", "--log-file", log).output();

      Command.shell("for i in $(seq 300); do echo $i > f$i; done").in(directory.path()).output();

      assertThat(Command.shell("ls | wc -l; cat f300").in(directory.path()).output())
          .isEqualTo("300\n300\n");
      Launcher.command("unmount", directory.path()).output();
      Command.of("umount", "--lazy", small.path()).output();
    }
  }

  @Test
  void aServerMayBeKilledAtAnyMoment() {
    Path script = Launcher.home().resolve("it-tests/reliability/kill.py");

    String shown = Command.of("python3", script, "--times", 8).within(LONG).output();

    assertThat(shown).startsWith("killed ").contains("nothing hangs and nothing is left");
  }
}
