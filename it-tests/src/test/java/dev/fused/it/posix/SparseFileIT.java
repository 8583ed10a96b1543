package dev.fused.it.posix;

import static dev.fused.it.support.FreeSpace.SETTLED_FUNCTION;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.TwinMounts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A file of 3 GiB that is mostly hole, on a mount that could not hold its bytes. */
@NeedsMount
final class SparseFileIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=64m,nr_inodes=10k");

  private static final String MAKE =
      """
      truncate -s 3G large
      printf start | dd of=large conv=notrunc status=none
      printf middle | dd of=large conv=notrunc oflag=seek_bytes seek=2147483640 status=none
      printf end | dd of=large conv=notrunc oflag=append status=none
      """;

  @Test
  void onlyWhatIsWrittenTakesSpace() {
    String shown =
        MOUNTS
            .directories()
            .sameOutput(MAKE + "stat -c '%s %b' large; du -k large; du -k --apparent-size large");

    assertThat(shown).startsWith("3221225475 24\n12\tlarge\n3145729\tlarge\n");
  }

  @Test
  void holesReadAsZeros() {
    String digests =
        MOUNTS
            .directories()
            .sameOutput(
                MAKE
                    + """
                    dd if=large bs=1M count=10 status=none | sha256sum
                    bytes=iflag=skip_bytes,count_bytes
                    dd if=large $bytes skip=2147480000 count=10000 status=none | sha256sum
                    tail -c 5475 large | sha256sum
                    dd if=large bs=1M skip=100 count=200 status=none | tr -d '\\0' | wc -c
                    """);

    assertThat(digests.lines()).hasSize(4).last().isEqualTo("0");
  }

  @Test
  void aSparseCopyIsAsSparse() {
    String shown =
        MOUNTS
            .directories()
            .sameOutput(
                MAKE
                    + """
                    cp --sparse=always large copy
                    cp large found  # where the data is, cp asks with lseek(2)
                    stat -c '%s %b' copy found
                    for part in copy found; do
                      cmp -n 10000000 large $part
                      cmp -n 10000000 -i 2140000000 large $part
                      cmp -i 3210000000 large $part
                    done
                    """);

    assertThat(shown).isEqualTo("3221225475 24\n3221225475 24\n");
  }

  @Test
  void aPunchedHoleGivesItsSpaceBack() {
    String shown =
        MOUNTS
            .directories()
            .sameOutput(
                SETTLED_FUNCTION
                    + """
                    head -c 32M /dev/urandom | dd of=dense status=none
                    truncate -s 3G dense
                    stat -c '%s %b' dense
                    settled used 32768
                    fallocate --punch-hole -o 1M -l 30M dense
                    stat -c '%s %b' dense
                    settled used 2048
                    dd if=dense bs=1M skip=1 count=30 status=none | tr -d '\\0' | wc -c
                    fallocate -o 2G -l 4M dense
                    stat -c '%s %b' dense
                    rm dense
                    settled used 0
                    """);

    assertThat(shown.lines())
        .containsExactly(
            "3221225472 65536", "32768", "3221225472 4096", "2048", "0", "3221225472 12288", "0");
  }

  /** Not compared: tmpfs cannot. */
  @Test
  void aZeroedRangeKeepsItsSpace() {
    String shown =
        Command.shell(
                """
                head -c 2M /dev/zero | tr '\\0' x > dense
                fallocate --zero-range -o 512K -l 1M dense
                stat -c '%s %b' dense
                dd if=dense bs=512K skip=1 count=2 status=none | tr -d '\\0' | wc -c
                dd if=dense bs=512K count=1 status=none | tr -d '\\0' | wc -c
                """)
            .in(MOUNTS.directories().mounted())
            .output();

    assertThat(shown).isEqualTo("2097152 4096\n0\n524288\n");
  }
}
