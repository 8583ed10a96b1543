package dev.fused.server.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlatformTest {
  @ParameterizedTest
  @ValueSource(strings = {"amd64", "aarch64"})
  void littleEndianLinuxOnTheTwoArchitecturesIsSupported(String arch) {
    assertThatCode(() -> Platform.requireSupported("Linux", arch, ByteOrder.LITTLE_ENDIAN))
        .doesNotThrowAnyException();
  }

  @Test
  void thisMachineIsSupportedOrTheseTestsWouldNotRun() {
    assertThatCode(Platform::requireSupported).doesNotThrowAnyException();
  }

  @Test
  void anotherSystemIsRefusedByName() {
    assertThatThrownBy(
            () -> Platform.requireSupported("Mac OS X", "aarch64", ByteOrder.LITTLE_ENDIAN))
        .isInstanceOf(UnsupportedPlatformException.class)
        .hasMessage(
            "fused runs on Linux on x86-64 (amd64) or aarch64, little-endian; "
                + "this is Mac OS X on aarch64, little-endian");
  }

  @ParameterizedTest
  @ValueSource(strings = {"i386", "arm", "riscv64", "ppc64le", ""})
  void anotherArchitectureIsRefusedByName(String arch) {
    assertThatThrownBy(() -> Platform.requireSupported("Linux", arch, ByteOrder.LITTLE_ENDIAN))
        .isInstanceOf(UnsupportedPlatformException.class)
        .hasMessageEndingWith("this is Linux on " + arch + ", little-endian");
  }

  @Test
  void aBigEndianMachineIsRefused() {
    assertThatThrownBy(() -> Platform.requireSupported("Linux", "aarch64", ByteOrder.BIG_ENDIAN))
        .isInstanceOf(UnsupportedPlatformException.class)
        .hasMessageEndingWith("this is Linux on aarch64, big-endian");
  }

  @ParameterizedTest
  @CsvSource({
    "6.8.0-45-generic, true",
    "6.18.44, true",
    "6.8, true",
    "7.0.1, true",
    "10.1.0, true",
    "6.7.12, false",
    "5.15.0-1, false",
    "4.18.0-553.el8_10.x86_64, false",
    "'', false",
    "unknown, false"
  })
  void releasesOfTheKernelAreComparedAsNumbers(String release, boolean atLeast68) {
    assertThat(Platform.isAtLeast(release, 6, 8)).isEqualTo(atLeast68);
  }
}
