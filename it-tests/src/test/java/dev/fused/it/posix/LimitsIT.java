package dev.fused.it.posix;

import static dev.fused.it.support.FreeSpace.SETTLED_FUNCTION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Laws;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinDirectories;
import dev.fused.it.support.TwinMounts;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A mount of 8 MiB and 100 inodes: full, it says so, and is usable again when something goes. */
@NeedsMount
@NeedsPrograms("python3")
final class LimitsIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=8m,nr_inodes=100");

  private static final String FULL = "No space left on device";

  @Test
  void writingMoreThanSizeFailsWithEnospcAndRemovingGivesTheSpaceBack() {
    TwinDirectories directories = MOUNTS.directories();

    String shown =
        directories.sameOutput(
            SETTLED_FUNCTION
                + """
                dd if=/dev/zero of=large bs=64K 2>&1 | grep -o 'No space.*' || true
                stat -c '%s %b' large
                settled avail 0
                echo more > small 2>/dev/null || echo 'full, and the daemon lives'
                cat small; rm small
                rm large
                settled avail 8192
                dd if=/dev/zero of=again bs=1M count=7 status=none
                stat -c %s again
                rm again
                """);

    assertThat(shown.lines())
        .containsExactly(
            FULL, "8388608 16384", "0", "full, and the daemon lives", "8192", "7340032");
  }

  @TestFactory
  Stream<DynamicTest> whatIsFullIsFullToTheByteAndOnlyAsLongAsItIs() {
    return Laws.ofScript("full_laws.py", MOUNTS.directories());
  }

  /** Not compared: tmpfs writes what fits, of which the kernel would make EIO here. */
  @Test
  void aDirectWriteThatDoesNotFitFailsWithEnospcAndWritesNothing() {
    String shown =
        Command.shell(
                """
                fallocate -l 8184K large
                dd if=/dev/zero of=direct bs=16K count=1 oflag=direct 2>&1 | grep -o 'No space.*' || true
                stat -c '%s %b' direct
                dd if=/dev/zero of=direct bs=8K count=1 oflag=direct status=none
                stat -c '%s %b' direct
                """)
            .in(MOUNTS.directories().mounted())
            .output();

    assertThat(shown.lines()).containsExactly(FULL, "0 0", "8192 16");
  }

  @Test
  void aWriteThatFitsInPartIsShort() {
    String shown =
        MOUNTS
            .directories()
            .same(directory -> Command.python("fill.py", directory.resolve("f")).output());

    assertThat(shown).isEqualTo("8388608\nENOSPC\nENOSPC\n8388608\n");
  }

  @Test
  void aDirectWriteOfManyRequestsOfWhichOneDoesNotFitFailsWithEnospc() {
    String shown =
        MOUNTS
            .directories()
            .sameOutput(
                """
                dd if=/dev/zero of=large bs=5M count=2 oflag=direct 2>&1 | grep -o 'No space.*' || true
                """);

    assertThat(shown.strip()).isEqualTo(FULL);
  }

  @Test
  void allocatingMoreThanSizeFailsWithEnospcAndKeepsNothing() {
    String shown =
        MOUNTS
            .directories()
            .sameOutput(
                SETTLED_FUNCTION
                    + """
                    fallocate -l 9M large 2>&1 | grep -o 'No space.*' || true
                    stat -c '%s %b' large
                    rm large
                    settled avail 8192
                    """);

    assertThat(shown.lines()).containsExactly(FULL, "0 0", "8192");
  }

  @Test
  void makingMoreThanInodesFailsWithEnospcForEveryKind() {
    String shown =
        MOUNTS
            .directories()
            .sameOutput(
                SETTLED_FUNCTION
                    + """
                    i=0; while touch f$((i + 1)) 2>/dev/null; do i=$((i + 1)); done
                    settled iavail 0
                    try() { out=$("$@" 2>&1) && echo done || echo "$out" | grep -o 'No space.*'; }
                    try touch f; try mkdir d; try ln -s x l; try mkfifo p; try ln f1 h
                    mv f1 renamed && echo renaming needs none
                    echo content > f2 && cat f2
                    rm f*; rm renamed
                    settled iavail 98
                    mkdir d && rmdir d
                    """);

    assertThat(shown.lines())
        .containsExactly("0", FULL, FULL, FULL, FULL, FULL, "renaming needs none", "content", "98");
  }
}
