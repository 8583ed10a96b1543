package dev.fused.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ProgramServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final KernelPreset KERNEL = KernelPreset.parse("6.18");

  @Test
  void theProgramHasTheSocketAsItsDescriptor() throws IOException {
    assertBeginFails("stat -L -c %F {fd}; exit 7", "ended with status 7 and said: socket");
  }

  @Test
  void aProgramThatIsKilledIsReportedWithItsSignal() throws IOException {
    assertBeginFails("test -e {fd}; kill -9 $$", "ended by signal 9");
  }

  @Test
  void aProgramThatDoesNotExistIsReportedWithTheWordsOfTheShell() throws IOException {
    assertBeginFails("no-such-program {fd}", "no-such-program");
  }

  @Test
  void aProgramThatDoesNotEndIsEnded() throws Exception {
    ServerUnderTest.Running running;
    try (SimulatedKernel kernel =
        SimulatedKernel.connect(
            new ProgramServer("test -e {fd}; exec sleep 1000"), KERNEL, PATIENCE)) {
      running = kernel.server();
      kernel.abort();
    }
    assertThat(running.awaitEnd(PATIENCE)).isTrue();
  }

  @Test
  void aCommandMustSayWhereTheDescriptorGoes() {
    assertThatThrownBy(() -> new ProgramServer("squashfuse image"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("{fd}");
  }

  private static void assertBeginFails(String command, String message) {
    try (Suite suite = new Suite(new ProgramServer(command), KERNEL, PATIENCE)) {
      assertThatThrownBy(suite::start)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(message);
    }
  }
}
