package dev.fused.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class KernelPresetTest {
  /** What Linux 6.18 was seen to offer, with io_uring on. */
  private static final long OFFERED_BY_6_18 = 0x73fffffbL | 0x7fdL << 32;

  private static final Set<InitFlag> NOT_OVER_A_SOCKET =
      Set.of(
          InitFlag.SPLICE_READ,
          InitFlag.SPLICE_WRITE,
          InitFlag.SPLICE_MOVE,
          InitFlag.OVER_IO_URING,
          InitFlag.PASSTHROUGH);

  @Test
  void theNewestKernelOffersWhatLinux618WasSeenToOffer() {
    long offered = InitFlag.mask(KernelPreset.parse("6.18").offers());

    assertThat(offered).isEqualTo(OFFERED_BY_6_18 & ~InitFlag.mask(NOT_OVER_A_SOCKET));
  }

  @Test
  void aReleaseAndItsProtocolVersionAreTheSameKernel() {
    assertThat(KernelPreset.parse("3.10")).isEqualTo(KernelPreset.parse("7.22"));
    assertThat(KernelPreset.parse("6.12").minor()).isEqualTo(41);
    assertThat(KernelPreset.parse("6.12")).hasToString("Linux 6.12 (7.41)");
    assertThat(KernelPreset.parse("7.40")).hasToString("FUSE 7.40");
  }

  @Test
  void everyMinorFrom12To45IsAKernel() {
    assertThat(KernelPreset.all())
        .hasSize(34)
        .startsWith(KernelPreset.parse("7.12"))
        .endsWith(KernelPreset.parse("7.45"));
    assertThat(KernelPreset.all()).containsAll(KernelPreset.releases());
  }

  @Test
  void anUnknownKernelIsRefusedWithThoseThereAre() {
    assertThatThrownBy(() -> KernelPreset.parse("2.4"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"2.4\"")
        .hasMessageContaining("3.10, 4.19");
  }

  @Test
  void aKernelOffersNoFewerFlagsThanAnOlderOne() {
    KernelPreset before = KernelPreset.all().getFirst();
    for (KernelPreset preset : KernelPreset.all()) {
      assertThat(preset.offers()).containsAll(before.offers());
      before = preset;
    }
  }

  @Test
  void aKernelSendsNoOpcodeThatItDoesNotKnow() {
    KernelPreset old = KernelPreset.parse("3.10");

    assertThat(old.sends(Opcode.READDIRPLUS)).isTrue();
    assertThat(old.sends(Opcode.RENAME2)).isFalse();
    assertThat(old.sends(Opcode.STATX)).isFalse();
    assertThat(KernelPreset.parse("6.18").sends(Opcode.SETUPMAPPING)).isFalse();
  }
}
