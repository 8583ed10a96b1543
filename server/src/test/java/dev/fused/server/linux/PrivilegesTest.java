package dev.fused.server.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrivilegesTest {
  @ParameterizedTest
  @CsvSource({
    "000001ffffffffff, true", // root
    "0000000000200000, true", // that one alone
    "000001ffffdfffff, false", // all but that one
    "0000000000000000, false",
    "ffffffffffffffff, true",
  })
  void capSysAdminIsBit21OfTheEffectiveSet(String mask, boolean effective) {
    assertThat(Privileges.effective("CapPrm:\t1ffffffffff\nCapEff:\t" + mask + "\n"))
        .isEqualTo(effective);
  }

  @ParameterizedTest
  @CsvSource({
    "'         0          0 4294967295\n', true",
    "'         0       1000          1\n', false",
    "'         0          0          1\n', false",
    "'         0 0 1\n 1 100000 65536\n', false",
  })
  void onlyTheFirstUserNamespaceHasAllIds(String map, boolean whole) {
    assertThat(Privileges.isWhole(map)).isEqualTo(whole);
  }
}
