package dev.fused.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class DaemonLoggingTest {
  private static final Logger ours = LoggerFactory.getLogger("dev.fused.something");
  private static final Logger others = LoggerFactory.getLogger("io.netty.something");

  @TempDir Path directory;

  @AfterEach
  void restoreLogging() throws Exception {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    new ContextInitializer(context).autoConfig();
  }

  private Path file() {
    return directory.resolve("logs/fused/mnt.log");
  }

  @Test
  void eachEventIsALineWithItsTimeLevelAndThread() throws IOException {
    DaemonLogging.toFile(file(), false, LogFormat.TEXT);
    ours.info("first {}", 1);
    ours.error("second");

    assertThat(Files.readAllLines(file()))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\S+ INFO  .*")
                    .endsWith("[" + Thread.currentThread().getName() + "] first 1"),
            line -> assertThat(line).endsWith("second").contains(" ERROR ["));
  }

  @Test
  void aFileThatIsThereIsContinued() throws IOException {
    Files.createDirectories(file().getParent());
    Files.writeString(file(), "before\n");

    DaemonLogging.toFile(file(), false, LogFormat.TEXT);
    ours.info("after");

    assertThat(Files.readAllLines(file())).hasSize(2).startsWith("before");
  }

  @Test
  void onlyDebuggingLogsDetailsAndOnlyThoseOfThisProgram() throws IOException {
    DaemonLogging.toFile(file(), false, LogFormat.TEXT);
    ours.debug("not wanted");
    others.info("not ours");
    assertThat(Files.readString(file())).isEmpty();

    DaemonLogging.toFile(file(), true, LogFormat.TEXT);
    ours.debug("wanted");
    others.info("not ours");
    others.warn("others' warning");
    assertThat(Files.readAllLines(file())).hasSize(2);
  }

  @Test
  void aFileThatCannotBeWrittenIsNamedWithWhatToDo() {
    assertThatThrownBy(() -> DaemonLogging.toFile(directory, false, LogFormat.TEXT))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("cannot write the log file " + directory + " (")
        .hasMessageEndingWith("); choose another with --log-file");
  }
}
