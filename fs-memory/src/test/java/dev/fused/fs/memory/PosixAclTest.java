package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PosixAclTest {
  private static final String NAMED = "u::rwx,u:7:r--,u:8:-w-,g::r-x,g:9:--x,m::rw-,o::--x";

  @Test
  void itIsReadAndWrittenAsTheKernelHasIt() {
    byte[] value = {
      2, 0, 0, 0, //
      1, 0, 7, 0, -1, -1, -1, -1, //
      2, 0, 4, 0, 7, 0, 0, 0, //
      4, 0, 5, 0, -1, -1, -1, -1, //
      16, 0, 6, 0, -1, -1, -1, -1, //
      32, 0, 0, 0, -1, -1, -1, -1
    };

    assertThat(PosixAcl.parse(value)).isEqualTo(TestAcl.of("u::rwx,u:7:r--,g::r-x,m::rw-,o::---"));
    assertThat(TestAcl.of("u::rwx,u:7:r--,g::r-x,m::rw-,o::---").encode()).isEqualTo(value);
    assertThat(TestAcl.text(TestAcl.of(NAMED).encode())).isEqualTo(NAMED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "u::rwx,g::r-x", // no others
        "g::r-x,o::---", // no owner
        "u::rwx,o::---", // no owning group
        "u::rwx,u::rwx,g::r-x,o::---", // two owners
        "u::rwx,g::r-x,o::---,o::---",
        "u::rwx,u:7:r--,g::r-x,o::---", // somebody named, and no mask
        "u::rwx,g::r-x,g:7:r--,o::---",
        "u::rwx,g::r-x,u:7:r--,m::rwx,o::---", // out of order
        "u::rwx,g::r-x,m::rwx,m::rwx,o::---",
        "o::---,u::rwx,g::r-x"
      })
  void aListWithoutItsPartsOrInAnotherOrderIsNone(String text) {
    assertThat(PosixAcl.parse(TestAcl.of(text).encode())).isNull();
  }

  @Test
  void bytesThatAreNoListAreNone() {
    byte[] value = TestAcl.of("u::rwx,g::r-x,o::---").encode();
    for (int length = 0; length < value.length; length++) {
      assertThat(PosixAcl.parse(Arrays.copyOf(value, length))).as("%d", length).isNull();
    }
    value[0] = 3;
    assertThat(PosixAcl.parse(value)).as("version").isNull();
    value[0] = 2;
    value[6] = 8;
    assertThat(PosixAcl.parse(value)).as("permissions").isNull();
    value[6] = 7;
    assertThat(PosixAcl.parse(value)).isNotNull();
    value[4] = 3;
    assertThat(PosixAcl.parse(value)).as("tag").isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "u::rwx,g::r-x,o::--x 751 true",
        "u::rw-,g::r-x,m::-w-,o::r-- 624 false",
        "u::---,u:7:rwx,g::r-x,m::rwx,o::--- 070 false"
      })
  void theMaskIfThereIsOneIsTheGroupsPartOfTheMode(String text, String mode, boolean minimal) {
    assertThat(TestAcl.of(text).mode()).isEqualTo(Integer.parseInt(mode, 8));
    assertThat(TestAcl.of(text).isMinimal()).isEqualTo(minimal);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "u::rwx,g::r-x,o::--x 0100640 u::rw-,g::r--,o::---",
        "u::rwx,u:7:rwx,g::r-x,m::rwx,o::rwx 0706 u::rwx,u:7:rwx,g::r-x,m::---,o::rw-",
        "u::---,g::---,o::--- 07777 u::rwx,g::rwx,o::rwx"
      })
  void aModeChangesOwnerGroupClassAndOthers(String before, String mode, String after) {
    PosixAcl changed = TestAcl.of(before).withMode(Integer.parseInt(mode, 8));

    assertThat(changed).isEqualTo(TestAcl.of(after));
    assertThat(changed.mode()).isEqualTo(Integer.parseInt(mode, 8) & 0777);
  }
}
