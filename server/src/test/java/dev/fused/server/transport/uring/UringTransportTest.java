package dev.fused.server.transport.uring;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UringTransportTest {
  @TempDir private Path directory;

  @Test
  void aKernelThatIsTooOldIsNamed() {
    assertThatThrownBy(() -> UringTransport.requireParameter(directory.resolve("none")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("needs Linux 6.14");
  }

  @Test
  void aSwitchThatIsOffIsNamedWithTheCommandThatPutsItOn() throws IOException {
    Path parameter = Files.writeString(directory.resolve("enable_uring"), "N\n");

    assertThatThrownBy(() -> UringTransport.requireParameter(parameter))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("as root: echo Y > " + parameter);
  }

  @Test
  void aSwitchThatIsOnIsEnough() throws IOException {
    Path parameter = Files.writeString(directory.resolve("enable_uring"), "Y\n");

    assertThatCode(() -> UringTransport.requireParameter(parameter)).doesNotThrowAnyException();
  }

  @Test
  void queuesFarBeyondTheProcessorsThatCanBeUsedAreRefusedWithTheNumbers() {
    assertThatThrownBy(() -> UringTransport.requireModest(240, 2))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("240 queues, for 2 processors");
    assertThatCode(() -> UringTransport.requireModest(8, 2)).doesNotThrowAnyException();
  }

  @Test
  void pagesTooFewForAnExtendedAttributeAreRefusedWithTheRemedy() throws IOException {
    Path limit = Files.writeString(directory.resolve("max_pages_limit"), "1\n");

    assertThatThrownBy(() -> UringTransport.requirePages(limit, 4096))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("raise it, or max_write");
    assertThatCode(() -> UringTransport.requirePages(limit, 1 << 20)).doesNotThrowAnyException();
    assertThatCode(() -> UringTransport.requirePages(directory.resolve("none"), 4096))
        .doesNotThrowAnyException();
  }
}
