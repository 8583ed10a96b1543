package dev.fused.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpcodeTest {
  @ParameterizedTest
  @EnumSource(Opcode.class)
  void everyNumberIsFound(Opcode opcode) {
    assertThat(Opcode.of(opcode.number())).isEqualTo(opcode);
    assertThat(Opcode.describe(opcode.number())).isEqualTo(opcode.name());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 19, 54, 4095, 4097, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void numbersThatTheProtocolDoesNotHaveAreNull(int number) {
    assertThat(Opcode.of(number)).isNull();
    assertThat(Opcode.describe(number)).isEqualTo("opcode " + Integer.toUnsignedString(number));
  }

  @Test
  void nobodyWaitsForForgetsNotifyRepliesAndInterrupts() {
    assertThat(Arrays.stream(Opcode.values()).filter(opcode -> !opcode.expectsReply()))
        .containsExactly(Opcode.FORGET, Opcode.INTERRUPT, Opcode.NOTIFY_REPLY, Opcode.BATCH_FORGET);
  }

  @Test
  void extensionsComeWithWhatCreatesAnInode() {
    assertThat(Arrays.stream(Opcode.values()).filter(Opcode::carriesExtensions))
        .containsExactly(Opcode.SYMLINK, Opcode.MKNOD, Opcode.MKDIR, Opcode.CREATE, Opcode.TMPFILE);
  }

  @ParameterizedTest
  @CsvSource({
    "GETATTR, 9, 0, 16",
    "READ, 9, 24, 40",
    "WRITE, 9, 24, 40",
    "READDIR, 9, 24, 40",
    "SETLK, 9, 40, 48",
    "MKNOD, 12, 8, 16",
    "CREATE, 12, 8, 16"
  })
  void structureGrewWithAMinor(Opcode opcode, int minor, int before, int since) {
    assertThat(opcode.operationSize(new WireFormat(minor - 1, false))).isEqualTo(before);
    assertThat(opcode.operationSize(new WireFormat(minor, false))).isEqualTo(since);
  }

  @Test
  void structureOfSetxattrGrewWithAFlag() {
    assertThat(Opcode.SETXATTR.operationSize(new WireFormat(45, false))).isEqualTo(8);
    assertThat(Opcode.SETXATTR.operationSize(new WireFormat(33, true))).isEqualTo(16);
  }

  @Test
  void formatOfANewerKernelIsTheLatest() {
    assertThat(WireFormat.of(99, InitFlag.SETXATTR_EXT.bit())).isEqualTo(WireFormat.LATEST);
    assertThat(WireFormat.of(45, 0)).isEqualTo(WireFormat.INITIAL);
    assertThat(WireFormat.of(31, -1L)).isEqualTo(new WireFormat(31, true));
  }
}
