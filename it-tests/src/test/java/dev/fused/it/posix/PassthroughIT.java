package dev.fused.it.posix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.conformance.directory.LawScripts;
import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.FreeSpace;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.Laws;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinDirectories;
import dev.fused.it.support.TwinMounts;
import dev.fused.it.support.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where the kernel reads and writes by itself, all is as where the server does. */
@NeedsMount
@NeedsPrograms({"python3", "getfacl", "setfacl", "setpriv"})
final class PassthroughIT {
  private static final String OPTIONS = "size=256m,nr_inodes=100k";

  @RegisterExtension
  static final TwinMounts MOUNTS = TwinMounts.with(OPTIONS).mountedWith("data=passthrough");

  @RegisterExtension
  static final TwinMounts SMALL =
      TwinMounts.with("size=8m,nr_inodes=100").mountedWith("data=passthrough");

  /** What the server must not have more of, whatever was opened: one is that of the tmpfs. */
  private static final int FEW = 16;

  @TestFactory
  Stream<DynamicTest> allLawsHold() {
    return LawScripts.TOPICS.stream().flatMap(topic -> Laws.of(topic, MOUNTS.directories()));
  }

  @Test
  void randomSequencesOfSystemCallsComeToTheSame() {
    DifferentialIT.requireNoDifference(MOUNTS.directories(), 20, "--without", "setfl");
  }

  @Test
  void writingMoreThanSizeFailsWithEnospcAndRemovingGivesTheSpaceBack() {
    TwinDirectories directories = SMALL.directories();

    String shown =
        directories.sameOutput(
            FreeSpace.SETTLED_FUNCTION
                + """
                dd if=/dev/zero of=large bs=64K 2>&1 | grep -o 'No space.*' || true
                stat -c '%s %b' large
                settled avail 0
                echo more > small 2>/dev/null || echo full
                rm small large
                settled avail 8192
                """);

    assertThat(shown.lines())
        .containsExactly("No space left on device", "8388608 16384", "0", "full", "8192");
  }

  @TestFactory
  Stream<DynamicTest> whatIsFullIsFullToTheByteAndOnlyAsLongAsItIs() {
    return Laws.ofScript("full_laws.py", SMALL.directories());
  }

  /** A mapping outlives its handle, and nobody is told of what is stored to it. */
  @Test
  void whatIsStoredToAMappingWhoseFileIsClosedShowsInTimesAndBlocks() {
    String shown =
        Command.of("python3", "-c", STORED_LATE).in(MOUNTS.directories().mounted()).output();

    assertThat(shown).isEqualTo("8 blocks, newer\n");
  }

  private static final String STORED_LATE =
      """
      import mmap, os, time
      fd = os.open("f", os.O_CREAT | os.O_RDWR)
      os.ftruncate(fd, 8192)
      mapped = mmap.mmap(fd, 8192)
      os.close(fd)
      before = os.stat("f")
      time.sleep(0.1)
      mapped[5000:5001] = b"x"
      after = os.stat("f")
      assert before.st_blocks == 0
      print(after.st_blocks, "blocks,", "newer" if after.st_mtime_ns > before.st_mtime_ns else "same")
      """;

  @Test
  void anOpenFileThatIsUnlinkedKeepsItsSpaceUntilItIsClosed() {
    TwinDirectories directories = SMALL.directories();

    String shown =
        directories.sameOutput(
            FreeSpace.SETTLED_FUNCTION
                + """
                exec 5> f; head -c 1M /dev/zero >&5; rm f
                settled used 1024
                exec 5>&-
                settled used 0
                """);

    assertThat(shown.lines()).containsExactly("1024", "0");
  }

  /** Files that are open, and files that have data, cost the server no descriptor. */
  @Test
  void descriptorsAreOpenNoLongerThanACall() throws IOException {
    try (DaemonMount mount = DaemonMount.start("-o", OPTIONS, "--data", "passthrough")) {
      Files.writeString(mount.path().resolve("first"), "data");
      long before = descriptors(mount.server().pid());

      Command.of("python3", "-c", OPEN_MANY, mount.server().pid()).in(mount.path()).output();

      assertThat(descriptors(mount.server().pid())).isLessThan(before + FEW);
    }
  }

  private static final String OPEN_MANY =
      """
      import os, resource, sys
      def descriptors():
          return len(os.listdir(f"/proc/{sys.argv[1]}/fd"))
      for i in range(10_000):
          with open(str(i), "wb") as file:
              file.write(b"data")
      before = descriptors()
      files = [open(str(i), "rb") for i in range(500)]
      assert descriptors() < before + 16, (before, descriptors())
      assert all(file.read() == b"data" for file in files)
      """;

  private static long descriptors(long pid) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
      return open.count();
    }
  }

  @Test
  void aServerThatIsKilledLeavesNothingInMemory() {
    try (DaemonMount mount = DaemonMount.start("-o", "size=512m", "--data", "passthrough")) {
      long before = shmem();
      Command.shell("head -c 256M /dev/zero > f").in(mount.path()).output();
      assertThat(shmem()).isGreaterThan(before + 200 * 1024);

      mount.kill();
      // Rings of a process that has ended are taken down by a thread of the kernel.
      Waiting.until("its pages are free", () -> shmem() < before + 100 * 1024);
    }
  }

  /** In KiB. */
  private static long shmem() {
    return Long.parseLong(
        Command.of("awk", "/^Shmem:/ {print $2}", "/proc/meminfo").output().strip());
  }

  /** Root of a user namespace may mount, but not register files. */
  @Test
  void whereItIsImpossibleTheMountIsRefused() {
    try (MountDirectory directory = MountDirectory.create()) {
      Result result =
          Command.of(
                  "unshare",
                  "--user",
                  "--map-root-user",
                  "--mount",
                  Launcher.script(),
                  "mount",
                  "-f",
                  directory.path(),
                  "--data",
                  "passthrough")
              .with("FUSED_JAVA_HOME", System.getProperty("java.home"))
              .run();

      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err())
          .contains("data=passthrough is impossible: the server has CAP_SYS_ADMIN only in a user");
    }
  }
}
