package dev.fused.it.posix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinMounts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Small programs that are there for one system call each. */
@NeedsMount
final class ProgramsIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=64m,nr_inodes=1k");

  @Test
  @NeedsPrograms({"getfattr", "setfattr"})
  void setfattrAndGetfattrAgree() {
    String shown =
        MOUNTS
            .directories()
            .sameOutput(
                """
                mkdir d; touch d/a; ln -s a d/l
                setfattr -n user.text -v 'some text' d/a
                setfattr -n user.binary -v 0sAAECAw== d/a
                setfattr -n trusted.on.link -v x -h d/l
                setfattr -n user.on.directory d
                getfattr -R -P -h -d -m - --absolute-names d | sort
                getfattr -h -n trusted.on.link --only-values d/l; echo
                setfattr -x user.binary d/a
                getfattr -d d/a
                getfattr -n user.binary d/a 2>&1 || true
                """);

    assertThat(shown)
        .contains("user.text=\"some text\"", "user.binary=0sAAECAw==", "trusted.on.link=\"x\"")
        .endsWith("d/a: user.binary: No such attribute\n");
  }

  @Test
  void flockLetsOneProcessInAtATime() {
    String shown =
        MOUNTS
            .directories()
            .sameOutput(
                """
                echo 0 > counter
                for i in 1 2 3 4 5 6; do
                  (for j in 1 2 3 4 5; do
                    flock lock sh -c 'n=$(cat counter); echo $((n + 1)) > counter'
                  done) &
                done
                wait
                cat counter
                flock lock flock --nonblock lock true || echo taken
                """);

    assertThat(shown).isEqualTo("30\ntaken\n");
  }

  @Test
  void ddReadsAndWritesPastThePageCache() {
    String shown =
        MOUNTS
            .directories()
            .sameOutput(
                """
                seq 1000000 > numbers; head -c 4M numbers > buffered
                dd if=buffered of=direct bs=256K oflag=direct status=none
                dd if=direct of=/dev/stdout bs=1M iflag=direct status=none | cmp - buffered
                head -c 8K /dev/zero > zeros
                dd if=zeros of=buffered bs=4K seek=3 conv=notrunc oflag=direct status=none
                (cmp buffered direct || true) | cut -d , -f 1 | grep -o '[0-9]*$'
                """);

    assertThat(shown).isEqualTo("12289\n");
  }

  @Test
  void symbolicLinksHardLinksAndModesShowInListings() {
    String shown =
        MOUNTS
            .directories()
            .sameOutput(
                """
                umask 022
                mkdir -m 2775 d; echo text > d/file; ln d/file d/hard; ln -s file d/soft
                mkfifo -m 640 d/pipe; mknod d/null c 1 3; chmod 4711 d/file
                chown 1:2 d/pipe; touch -d '2001-02-03 04:05:06.789' d/file
                stat -c '%n %A %h %u:%g %N' d/*
                stat -c '%y %s' d/file
                """);

    assertThat(shown)
        .contains("d/hard -rws--x--x 2 0:0", "d/soft", "2001-02-03 04:05:06.789000000 +0000 5");
  }
}
