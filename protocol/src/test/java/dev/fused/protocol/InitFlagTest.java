package dev.fused.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.InitFlag.Honoured;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InitFlagTest {
  @Test
  void maskHasTheBitsOfItsFlags() {
    assertThat(InitFlag.mask(Set.of())).isZero();
    assertThat(InitFlag.mask(Set.of(InitFlag.ASYNC_READ, InitFlag.REQUEST_TIMEOUT)))
        .isEqualTo(1L | 1L << 42);
    assertThat(InitFlag.mask(EnumSet.allOf(InitFlag.class))).isEqualTo((1L << 43) - 1);
  }

  @Test
  void flagsOfAMaskAreThoseWhoseBitsAreSet() {
    assertThat(InitFlag.of(0)).isEmpty();
    assertThat(InitFlag.of(1L << 31 | 1L << 32))
        .containsExactly(InitFlag.INIT_RESERVED, InitFlag.SECURITY_CTX);
    assertThat(InitFlag.of(-1)).isEqualTo(EnumSet.allOf(InitFlag.class));
  }

  @Test
  void bitsWithoutANameAreLeftOut() {
    assertThat(InitFlag.of(-1L << 43)).isEmpty();
  }

  /** Seen on Linux 6.18: all flags but those of virtiofs, and two that no kernel offers. */
  @Test
  void linux618OffersAllFlagsButTheOnesOfVirtiofs() {
    assertThat(InitFlag.of(0x7fd73fffffbL))
        .isEqualTo(
            EnumSet.complementOf(
                EnumSet.of(
                    InitFlag.FILE_OPS,
                    InitFlag.MAP_ALIGNMENT,
                    InitFlag.SUBMOUNTS,
                    InitFlag.INIT_RESERVED,
                    InitFlag.HAS_INODE_DAX)));
  }

  /** What only announces something in the kernel needs no code here. */
  @Test
  void announcementsOfTheKernelAreHonouredByTheKernel() {
    assertThat(Arrays.stream(InitFlag.values()).filter(f -> f.honoured() == Honoured.KERNEL))
        .containsExactly(
            InitFlag.SPLICE_WRITE,
            InitFlag.SPLICE_MOVE,
            InitFlag.SPLICE_READ,
            InitFlag.HAS_IOCTL_DIR,
            InitFlag.NO_OPEN_SUPPORT,
            InitFlag.NO_OPENDIR_SUPPORT,
            InitFlag.HAS_EXPIRE_ONLY,
            InitFlag.HAS_RESEND);
  }
}
