package dev.fused.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.fused.conformance.Result.Outcome;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.protocol.Opcode;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/**
 * Our server keeps every law with every kernel, with two file systems that have little in common.
 */
final class ConformanceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The memory file system leaves these to the kernel; SETUPMAPPING and its like never come. */
  private static final Set<Opcode> LEFT_OUT_BY_MEMORY =
      EnumSet.of(
          Opcode.ACCESS,
          Opcode.BMAP,
          Opcode.FSYNC,
          Opcode.FSYNCDIR,
          Opcode.IOCTL,
          Opcode.POLL,
          Opcode.SYNCFS);

  @TestFactory
  Stream<DynamicNode> theMemoryFileSystem() {
    FuseFileSystemProvider memory =
        ServiceLoader.load(FuseFileSystemProvider.class).findFirst().orElseThrow();
    Map<String, String> options = Map.of("size", "256m", "locks", "server");
    return laws(() -> memory.create(options, Clock.systemUTC()), LEFT_OUT_BY_MEMORY);
  }

  @TestFactory
  Stream<DynamicNode> thePlainFileSystem() {
    return laws(PlainFileSystem::new, EnumSet.noneOf(Opcode.class));
  }

  private static Stream<DynamicNode> laws(
      Supplier<FuseFileSystem> fileSystems, Set<Opcode> leftOut) {
    return KernelPreset.all().stream()
        .map(
            preset -> {
              Suite suite = new Suite(new InProcessServer("fused", fileSystems), preset, PATIENCE);
              return dynamicContainer(
                  preset.toString(),
                  LawMethod.all().stream()
                      .filter(law -> law.appliesTo(preset))
                      .map(
                          law ->
                              dynamicTest(
                                  law.name(),
                                  () -> check(suite.run(law), leftOut.contains(law.opcode()))))
                      .onClose(suite::close));
            });
  }

  private static void check(Result result, boolean leftOut) {
    Outcome expected = leftOut ? Outcome.SKIPPED : Outcome.PASSED;
    assertThat(result.outcome()).as(result.reason()).isEqualTo(expected);
  }
}
