package dev.fused.server.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MountTableTest {
  private static final String ROOT = "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n";

  @Test
  void thisMachineHasARootAndProc() throws IOException {
    MountTable table = MountTable.read();
    assertThat(table.topmostAt(Path.of("/"))).isPresent();
    assertThat(table.topmostAt(Path.of("/proc")).map(MountInfo::type)).hasValue("proc");
    assertThat(table.topmostAt(Path.of("/proc/self"))).isEmpty();
  }

  @Test
  void aPlaceWithoutMountHasNone() {
    assertThat(topmost(ROOT, "/mnt")).isEmpty();
  }

  @Test
  void ofStackedMountsTheOneOnTopCountsInWhateverOrderTheyStand() {
    String lower = "31 20 0:40 / /mnt rw - tmpfs lower rw\n";
    String middle = "35 31 0:41 / /mnt rw - fuse.fused middle rw\n";
    String upper = "33 35 0:42 / /mnt rw - fuse.fused upper rw\n";
    assertThat(topmost(ROOT + lower + middle + upper, "/mnt")).hasValue("upper");
    assertThat(topmost(upper + middle + lower + ROOT, "/mnt")).hasValue("upper");
  }

  @Test
  void aMountOverADirectoryFurtherUpHidesWhatIsBelow() {
    String inner = "31 20 0:40 / /mnt/a/b rw - fuse.fused inner rw\n";
    String nested = "32 31 0:41 / /mnt/a/b/c rw - fuse.fused nested rw\n";
    String cover = "33 20 0:42 / /mnt/a rw - tmpfs cover rw\n";
    assertThat(topmost(ROOT + inner + nested, "/mnt/a/b/c")).hasValue("nested");
    assertThat(topmost(ROOT + inner + nested + cover, "/mnt/a/b")).isEmpty();
    assertThat(topmost(ROOT + inner + nested + cover, "/mnt/a/b/c")).isEmpty();
    assertThat(topmost(ROOT + inner + nested + cover, "/mnt/a")).hasValue("cover");
  }

  @Test
  void aMountInsideTheCoverIsSeen() {
    String inner = "31 20 0:40 / /mnt/a/b rw - fuse.fused inner rw\n";
    String cover = "33 20 0:42 / /mnt/a rw - tmpfs cover rw\n";
    String above = "34 33 0:43 / /mnt/a/b rw - fuse.fused above rw\n";
    assertThat(topmost(ROOT + inner + cover + above, "/mnt/a/b")).hasValue("above");
  }

  @Test
  void aNeighbourWhoseNameBeginsTheSameHidesNothing() {
    String inner = "31 20 0:40 / /mnt/abc rw - fuse.fused inner rw\n";
    String neighbour = "33 20 0:42 / /mnt/a rw - tmpfs neighbour rw\n";
    assertThat(topmost(ROOT + inner + neighbour, "/mnt/abc")).hasValue("inner");
  }

  @Test
  void aRootThatIsItsOwnParentIsNoEndlessStack() {
    String initramfs = "1 1 0:2 / / rw - rootfs rootfs rw\n";
    assertThat(topmost(initramfs + ROOT, "/")).hasValue("/dev/sda1");
  }

  @Test
  void aConnectionIsFoundAtThePlaceWhereItIsMet() {
    String mount = "31 20 0:40 / /mnt/a rw - fuse.fused fused rw\n";
    String bound = "32 20 0:40 /b /mnt/b rw - fuse.fused fused rw\n";
    String other = "33 20 0:41 / /mnt/c rw - fuse.sshfs other rw\n";
    String cover = "34 31 0:42 / /mnt/a rw - tmpfs cover rw\n";
    assertThat(MountTable.parse(ROOT + other + mount + bound).ofConnection(40))
        .map(MountInfo::mountPoint)
        .hasValue("/mnt/a");
    assertThat(MountTable.parse(ROOT + mount + cover + bound).ofConnection(40))
        .map(MountInfo::mountPoint)
        .hasValue("/mnt/b");
    assertThat(MountTable.parse(ROOT + mount + cover).ofConnection(40)).isEmpty();
    assertThat(MountTable.parse(ROOT + mount + cover).ofConnection(42)).isEmpty();
  }

  @Test
  void fusedMountsAreThoseOfItsSubtype() {
    MountTable table =
        MountTable.parse(
            ROOT
                + "31 20 0:40 / /a rw - fuse.fused one rw\n"
                + "32 20 0:41 / /b rw - fuse.sshfs two rw\n"
                + "33 20 0:42 / /c rw - fuse three rw\n"
                + "34 20 0:43 / /d rw - fuse.fused four rw\n");
    assertThat(table.fusedMounts()).extracting(MountInfo::source).containsExactly("one", "four");
    assertThat(table.ofSubtype("sshfs")).extracting(MountInfo::source).containsExactly("two");
  }

  private static Optional<String> topmost(String text, String path) {
    return MountTable.parse(text).topmostAt(Path.of(path)).map(MountInfo::source);
  }
}
