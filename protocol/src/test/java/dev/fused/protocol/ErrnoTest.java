package dev.fused.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ErrnoTest {
  @ParameterizedTest
  @EnumSource(Errno.class)
  void everyNumberIsFoundPositiveAndNegative(Errno errno) {
    assertThat(Errno.ofNumber(errno.number())).isEqualTo(errno);
    assertThat(Errno.ofNumber(-errno.number())).isEqualTo(errno);
    assertThat(errno.number()).isBetween(1, 133);
  }

  @Test
  void noTwoHaveTheSameNumber() {
    assertThat(Arrays.stream(Errno.values()).map(Errno::number)).doesNotHaveDuplicates();
  }

  /** 41 and 58 are second names of 11 and 35 that Linux does not number. */
  @ParameterizedTest
  @ValueSource(ints = {0, 41, 58, 134, 511, 512, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void numbersThatLinuxDoesNotHaveAreNull(int number) {
    assertThat(Errno.ofNumber(number)).isNull();
  }

  @Test
  void descriptionIsNameAndMeaning() {
    assertThat(Errno.ENOENT.describe()).isEqualTo("ENOENT (no such file or directory)");
    assertThat(Errno.describe(-2)).isEqualTo("ENOENT (no such file or directory)");
    assertThat(Errno.describe(-512)).isEqualTo("error 512");
  }
}
