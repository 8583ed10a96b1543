package dev.fused.daemon;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import java.util.Optional;

/** How an event is written: one line in any case, but for stack traces of text. */
enum LogFormat {
  TEXT,
  JSON;

  private static final String CONSOLE_PATTERN = "%-5level %msg%n";
  private static final String FILE_PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %msg%n";

  /**
   * What {@code --log-format} asks for; text if nothing.
   *
   * @throws IllegalArgumentException with a sentence for any other word
   */
  static LogFormat of(Optional<String> word) {
    return switch (word.orElse("text")) {
      case "text" -> TEXT;
      case "json" -> JSON;
      default ->
          throw new IllegalArgumentException(
              "option \"log_format\" takes text or json, got \"" + word.get() + "\"");
    };
  }

  /** For a terminal, a pipe, or the journal, which has times of its own. */
  Encoder<ILoggingEvent> forStandardError(LoggerContext context) {
    if (this == JSON) {
      return json(context);
    }
    return Journal.isStandardError() ? journal(context) : text(context, CONSOLE_PATTERN);
  }

  /** For a file. */
  Encoder<ILoggingEvent> forFile(LoggerContext context) {
    return this == JSON ? json(context) : text(context, FILE_PATTERN);
  }

  private static Encoder<ILoggingEvent> text(LoggerContext context, String pattern) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(pattern);
    return encoder;
  }

  private static Encoder<ILoggingEvent> json(LoggerContext context) {
    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.setWithFormattedMessage(true);
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithContext(false);
    return encoder;
  }

  private static Encoder<ILoggingEvent> journal(LoggerContext context) {
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(context);
    JournalLayout layout = new JournalLayout();
    layout.setContext(context);
    layout.start();
    encoder.setLayout(layout);
    return encoder;
  }
}
