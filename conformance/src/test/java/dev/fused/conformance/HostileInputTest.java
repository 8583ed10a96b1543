package dev.fused.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Opcode;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a hostile kernel may send, and what comes of it: docs/hostile-input.md. */
final class HostileInputTest {
  /** What even the oldest kernel sends, and the memory file system always does. */
  private static final Set<Opcode> WITH_EVERY_KERNEL =
      EnumSet.of(
          Opcode.LOOKUP,
          Opcode.GETATTR,
          Opcode.SETATTR,
          Opcode.MKNOD,
          Opcode.MKDIR,
          Opcode.UNLINK,
          Opcode.RMDIR,
          Opcode.RENAME,
          Opcode.OPEN,
          Opcode.READ,
          Opcode.WRITE,
          Opcode.STATFS,
          Opcode.RELEASE,
          Opcode.SETXATTR,
          Opcode.LISTXATTR,
          Opcode.OPENDIR,
          Opcode.READDIR,
          Opcode.RELEASEDIR,
          Opcode.CREATE);

  @Test
  void nothingThatIsSentDoesHarm() throws IOException {
    long seed = Long.getLong("fused.fuzz.seed", System.nanoTime());
    long frames = Long.getLong("fused.fuzz.frames", Long.MAX_VALUE);
    long seconds = Long.getLong("fused.fuzz.seconds", 25);
    System.out.printf("seed %d%n", seed);
    HostileInputFuzzer fuzzer = new HostileInputFuzzer(seed);
    long start = System.nanoTime();
    long sent = fuzzer.run(frames, seconds);
    System.out.printf(
        "seed %d: %,d frames in %.1f s, %,d answers%n%s",
        seed,
        sent,
        (System.nanoTime() - start) / 1e9,
        fuzzer.statistics().total(),
        fuzzer.statistics());

    assertThat(fuzzer.statistics().succeeded()).containsAll(WITH_EVERY_KERNEL);
  }
}
