package dev.fused.server.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MountInfoTest {
  @Test
  void aLineWithoutOptionalFieldsIsRead() {
    assertThat(
            MountInfo.parse(
                "42 27 0:39 / /mnt/fast rw,nosuid,nodev,relatime"
                    + " - fuse.fused fused rw,user_id=0,group_id=0"))
        .isEqualTo(
            new MountInfo(
                42,
                27,
                0,
                39,
                "/",
                "/mnt/fast",
                List.of("rw", "nosuid", "nodev", "relatime"),
                "fuse.fused",
                "fused",
                List.of("rw", "user_id=0", "group_id=0")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"shared:1", "shared:1 master:2", "master:1 propagate_from:2 unbindable"})
  void optionalFieldsAreLeftOut(String optional) {
    MountInfo mount =
        MountInfo.parse("42 27 8:1 /sub /mnt rw " + optional + " - ext4 /dev/sda1 rw");
    assertThat(mount.type()).isEqualTo("ext4");
    assertThat(mount.source()).isEqualTo("/dev/sda1");
    assertThat(mount.superOptions()).containsExactly("rw");
    assertThat(mount.root()).isEqualTo("/sub");
  }

  @Test
  void escapedCharactersAreRestored() {
    MountInfo mount =
        MountInfo.parse(
            "42 27 0:39 /a\\040root /mnt/a\\040b\\011c\\012d\\134e rw - fuse.x\\043y so\\134u rw");
    assertThat(mount.root()).isEqualTo("/a root");
    assertThat(mount.mountPoint()).isEqualTo("/mnt/a b\tc\nd\\e");
    assertThat(mount.type()).isEqualTo("fuse.x#y");
    assertThat(mount.source()).isEqualTo("so\\u");
  }

  @Test
  void aRestoredBackslashBeginsNoOtherEscape() {
    assertThat(MountInfo.parse("42 27 0:39 / /mnt/\\134040 rw - tmpfs none rw").mountPoint())
        .isEqualTo("/mnt/\\040");
  }

  @Test
  void anEmptySourceIsRead() {
    MountInfo mount = MountInfo.parse("42 27 0:39 / /mnt rw - tmpfs  rw");
    assertThat(mount.source()).isEmpty();
    assertThat(mount.superOptions()).containsExactly("rw");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "42 27 0:39 / /mnt rw",
        "42 27 0:39 / /mnt rw - tmpfs none",
        "42 27 39 / /mnt rw - tmpfs none rw",
        "x 27 0:39 / /mnt rw - tmpfs none rw"
      })
  void anythingElseIsRefused(String line) {
    assertThatThrownBy(() -> MountInfo.parse(line)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "fuse, true",
    "fuse.fused, true",
    "fuse.sshfs, true",
    "fuseblk, true",
    "fuseblk.ntfs, true",
    "fusectl, false",
    "ext4, false"
  })
  void everySubtypeOfFuseIsFuse(String type, boolean fuse) {
    assertThat(MountInfo.parse("42 27 0:39 / /mnt rw - " + type + " none rw").isFuse())
        .isEqualTo(fuse);
  }

  @Test
  void theConnectionIsTheDeviceAsTheKernelCounts() {
    assertThat(MountInfo.parse("42 27 0:39 / /mnt rw - fuse none rw").connection()).isEqualTo(39);
    assertThat(MountInfo.parse("42 27 7:1 / /mnt rw - fuseblk none rw").connection())
        .isEqualTo(7340033);
  }
}
