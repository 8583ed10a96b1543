package dev.fused.server.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsWithoutEffectTest {
  private static final String DAEMON = "default_permissions";

  private static MountInfo mount(String options, String superOptions) {
    return MountInfo.parse(
        "58 27 0:55 / /mnt %s - fuse.fused fused %s".formatted(options, superOptions));
  }

  private static List<String> of(String asked, MountInfo mount) {
    return OptionsWithoutEffect.of(
        MountOptions.parse(asked).withOption(DAEMON), Optional.of(mount));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "ro, ro",
        "rw, ",
        "suid, suid",
        "nosuid, ",
        "noexec, noexec",
        "dirsync, dirsync",
        "allow_other, allow_other",
        "max_read=65536, max_read=65536",
        "fsname=other, fsname=other",
        "subtype=other, subtype=other",
        "max_write=65536, ",
      })
  void anOptionThatTheMountDoesNotHaveIsNamed(String asked, String named) {
    MountInfo plain = mount("rw,nosuid,nodev,relatime", "rw,user_id=0,group_id=0");

    assertThat(of(asked, plain)).isEqualTo(named == null ? List.of() : List.of(named));
  }

  @Test
  void whatTheMountHasIsNotNamed() {
    MountInfo mount =
        mount(
            "ro,nodev,noexec,relatime",
            "rw,user_id=0,group_id=0,default_permissions,allow_other,max_read=65536");

    assertThat(of("ro,suid,noexec,allow_other,max_read=65536,fsname=fused,subtype=fused", mount))
        .isEmpty();
  }

  /** The kernel sends each read on, whatever the mount was made with. */
  @ParameterizedTest
  @CsvSource({"noatime", "strictatime", "relatime", "nodiratime"})
  void accessTimesAreKeptByTheServer(String asked) {
    assertThat(of(asked, mount("rw,nosuid,nodev,relatime", "rw"))).isEmpty();
  }

  @Test
  void ofAMountThatIsNotSeenNothingIsKnown() {
    MountOptions asked = MountOptions.parse("ro,suid,allow_other,auto_unmount,max_write=65536");

    assertThat(OptionsWithoutEffect.of(asked, Optional.empty()))
        .containsExactlyInAnyOrder("ro", "suid", "allow_other", "auto_unmount");
  }
}
