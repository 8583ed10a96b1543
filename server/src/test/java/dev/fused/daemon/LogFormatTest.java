package dev.fused.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.ContextInitializer;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class LogFormatTest {
  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final Logger logger = context.getLogger("dev.fused.something");

  @TempDir Path directory;

  @AfterEach
  void restoreLogging() throws Exception {
    context.reset();
    new ContextInitializer(context).autoConfig();
  }

  @Test
  void inJsonEachEventIsAnObjectOnALineOfItsOwnWithItsException() throws IOException {
    Path file = directory.resolve("log");
    DaemonLogging.toFile(file, false, LogFormat.JSON);
    logger.warn("first \"{}\"", "a\nb");
    logger.error("second", new IllegalStateException("reason"));

    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(2);
    JsonObject first = JsonParser.parseString(lines.get(0)).getAsJsonObject();
    assertThat(first.get("level").getAsString()).isEqualTo("WARN");
    assertThat(first.get("formattedMessage").getAsString()).isEqualTo("first \"a\nb\"");
    assertThat(first.get("timestamp").getAsLong()).isPositive();
    assertThat(lines.get(1)).contains("java.lang.IllegalStateException", "reason");
  }

  @Test
  void theJournalGetsAPriorityOnEachLineAndNoTime() {
    JournalLayout layout = new JournalLayout();

    assertThat(layout.doLayout(event(Level.INFO, null))).isEqualTo("<6>text 1\n");
    assertThat(layout.doLayout(event(Level.ERROR, null))).isEqualTo("<3>text 1\n");
    assertThat(layout.doLayout(event(Level.WARN, new IllegalStateException("reason"))).lines())
        .startsWith("<4>text 1", "<4>java.lang.IllegalStateException: reason")
        .allMatch(line -> line.startsWith("<4>"));
  }

  private LoggingEvent event(Level level, Throwable thrown) {
    return new LoggingEvent("", logger, level, "text {}", thrown, new Object[] {1});
  }

  @Test
  void standardErrorIsTheJournalOnlyIfTheNumbersAreThoseOfIt() throws IOException {
    Path file = Files.createFile(directory.resolve("stream"));
    String numbers =
        Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino");

    assertThat(Journal.is(numbers, file)).isTrue();
    assertThat(Journal.is("1:1", file)).isFalse();
    assertThat(Journal.is(null, file)).isFalse();
    assertThat(Journal.is(numbers, directory.resolve("missing"))).isFalse();
  }

  @Test
  void anUnknownFormatIsRefusedByName() {
    assertThatThrownBy(() -> LogFormat.of(Optional.of("xml")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("option \"log_format\" takes text or json, got \"xml\"");
  }
}
