package dev.fused.protocol.reply;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttributesTest {
  @Test
  void fileHasMode0644AndOneLink() {
    assertThat(Attributes.file(7).build())
        .isEqualTo(new Attributes(7, 0, 0, 0, 0, 0, 0, 0, 0, 0100644, 1, 0, 0, 0, 0, 0));
  }

  @Test
  void directoryHasMode0755AndTwoLinks() {
    assertThat(Attributes.directory(7).build())
        .isEqualTo(new Attributes(7, 0, 0, 0, 0, 0, 0, 0, 0, 0040755, 2, 0, 0, 0, 0, 0));
  }

  @Test
  void symlinkHasMode0777AndOneLink() {
    assertThat(Attributes.symlink(7).build())
        .isEqualTo(new Attributes(7, 0, 0, 0, 0, 0, 0, 0, 0, 0120777, 1, 0, 0, 0, 0, 0));
  }

  @Test
  void everyComponentCanBeBuilt() {
    Attributes built =
        Attributes.builder(1, Attributes.S_IFBLK)
            .permissions(06711)
            .size(1024)
            .blocks(9)
            .links(3)
            .owner(1000, 100)
            .accessed(Instant.ofEpochSecond(10, 11))
            .modified(Instant.ofEpochSecond(-20, 21))
            .changed(Instant.ofEpochSecond(30, 31))
            .device(Attributes.deviceNumber(8, 1))
            .blockSize(4096)
            .flags(Attributes.SUBMOUNT)
            .build();
    assertThat(built)
        .isEqualTo(
            new Attributes(
                1, 1024, 9, 10, -20, 30, 11, 21, 31, 0066711, 3, 1000, 100, 0x801, 4096, 1));
    assertThat(built.toBuilder().build()).isEqualTo(built);
  }

  @Test
  void timesSetsAllThree() {
    Instant time = Instant.ofEpochSecond(1, 2);
    Attributes once = Attributes.file(1).times(time).build();
    assertThat(once)
        .isEqualTo(Attributes.file(1).accessed(time).modified(time).changed(time).build());
    assertThat(once.mtime()).isEqualTo(1);
    assertThat(once.mtimensec()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "511, 1",
    "512, 1",
    "513, 2",
    "1099511627776, 2147483648",
    "9223372036854775807, 18014398509481984"
  })
  void blocksFollowTheSize(long size, long blocks) {
    assertThat(Attributes.file(1).size(size).build().blocks()).isEqualTo(blocks);
  }

  @Test
  void permissionsLeaveTheTypeAlone() {
    Attributes attributes = Attributes.directory(1).permissions(0107777).build();
    assertThat(attributes.isDirectory()).isTrue();
    assertThat(attributes.permissions()).isEqualTo(07777);
  }

  @Test
  void everyTypeIsItselfAndNoOther() {
    assertOnly(Attributes.S_IFREG, 8, Attributes::isRegularFile);
    assertOnly(Attributes.S_IFDIR, 4, Attributes::isDirectory);
    assertOnly(Attributes.S_IFLNK, 10, Attributes::isSymlink);
    assertOnly(Attributes.S_IFBLK, 6, Attributes::isBlockDevice);
    assertOnly(Attributes.S_IFCHR, 2, Attributes::isCharacterDevice);
    assertOnly(Attributes.S_IFIFO, 1, Attributes::isFifo);
    assertOnly(Attributes.S_IFSOCK, 12, Attributes::isSocket);
  }

  private static void assertOnly(int type, int direntType, Predicate<Attributes> is) {
    int[] types = {0010000, 0020000, 0040000, 0060000, 0100000, 0120000, 0140000};
    for (int other : types) {
      assertThat(is.test(Attributes.builder(1, other | 0777).build())).isEqualTo(other == type);
    }
    assertThat(Attributes.builder(1, type | 07777).build().direntType()).isEqualTo(direntType);
  }

  /** The form that the kernel's new_encode_dev makes. */
  @ParameterizedTest
  @CsvSource({"8, 1, 0x801", "0, 0, 0", "4095, 1048575, 0xffffffff", "259, 65536, 0x10010300"})
  void deviceNumberHasTheMinorOnBothSidesOfTheMajor(int major, int minor, long rdev) {
    int number = Attributes.deviceNumber(major, minor);
    assertThat(Integer.toUnsignedLong(number)).isEqualTo(rdev);
    assertThat(Attributes.deviceMajor(number)).isEqualTo(major);
    assertThat(Attributes.deviceMinor(number)).isEqualTo(minor);
  }

  @Test
  void statxOfAttributesShowsTheSame() {
    Attributes attributes =
        new Attributes(
            1, 2, 3, 4, 5, 6, 7, 8, 9, 0020666, 10, 11, 12, Attributes.deviceNumber(5, 300), 13, 0);
    assertThat(Statx.of(attributes))
        .isEqualTo(
            new Statx(
                0x7ff, 13, 0, 10, 11, 12, 0020666, 1, 2, 3, 0, 4, 7, 0, 0, 6, 9, 5, 8, 5, 300, 0,
                0));
    Statx withBirth = Statx.of(attributes).withBirth(Instant.ofEpochSecond(-1, 5));
    assertThat(withBirth.mask()).isEqualTo(0xfff);
    assertThat(withBirth.btime()).isEqualTo(-1);
    assertThat(withBirth.btimensec()).isEqualTo(5);
    assertThat(withBirth.mtime()).isEqualTo(5);
  }
}
