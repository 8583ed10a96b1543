package dev.fused.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import dev.fused.server.linux.CallThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Where the daemon's log goes. Set up here, not in a file, which would slow each start down. */
final class DaemonLogging {
  private static final FileSize MAX_FILE = new FileSize(10 * FileSize.MB_COEFFICIENT);
  private static final int OLD_FILES = 3;

  /** The logger of messages between kernel and server. */
  static final String WIRE = "dev.fused.wire";

  private static final List<Level> LEVELS =
      List.of(Level.ERROR, Level.WARN, Level.INFO, Level.DEBUG);

  /** Null while the log goes to standard error. */
  private static volatile @Nullable LogRotation rotation;

  private DaemonLogging() {}

  /** The least that is logged, {@code error} to {@code debug}. */
  static String level() {
    return lowerCase(ours().getEffectiveLevel());
  }

  /**
   * Sets the least that is logged of what is ours; any thread.
   *
   * @throws IllegalArgumentException with a sentence if there is no such level
   */
  static void setLevel(String name) {
    Level level =
        LEVELS.stream()
            .filter(known -> lowerCase(known).equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no log level \"%s\"; there is: error, warn, info, debug"
                            .formatted(name)));
    ours().setLevel(level);
  }

  private static String lowerCase(Level level) {
    return level.toString().toLowerCase(Locale.ROOT);
  }

  private static Logger ours() {
    return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("dev.fused");
  }

  /** One line per event on standard error. */
  static void toStandardError(boolean debug, LogFormat format) {
    LoggerContext context = cleared();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setTarget("System.err");
    start(context, appender, format.forStandardError(context), debug);
  }

  /**
   * One line per event at the end of a file; beyond 10 MB it is renamed, and three old ones are
   * kept.
   *
   * @throws IOException if the file cannot be written; the message says what to do
   */
  static void toFile(Path file, boolean debug, LogFormat format) throws IOException {
    try {
      Path directory = file.getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
    } catch (IOException e) {
      throw new IOException(
          "cannot write the log file " + file + " (" + e + "); choose another with --log-file", e);
    }
    LoggerContext context = cleared();
    RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
    appender.setFile(file.toString());
    LogRotation window = new LogRotation();
    window.setContext(context);
    window.setParent(appender);
    window.setFileNamePattern(file + ".%i");
    window.setMinIndex(1);
    window.setMaxIndex(OLD_FILES);
    window.start();
    rotation = window;
    SizeBasedTriggeringPolicy<ILoggingEvent> trigger = new SizeBasedTriggeringPolicy<>();
    trigger.setContext(context);
    trigger.setMaxFileSize(MAX_FILE);
    trigger.start();
    appender.setRollingPolicy(window);
    appender.setTriggeringPolicy(trigger);
    start(context, appender, format.forFile(context), debug);
  }

  /** Has old logs renamed by {@code threads}, in a directory that may be root's. */
  static void rotateOn(CallThreads threads) {
    LogRotation current = rotation;
    if (current != null) {
      current.callOn(threads);
    }
  }

  private static LoggerContext cleared() {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    return context;
  }

  private static void start(
      LoggerContext context,
      OutputStreamAppender<ILoggingEvent> appender,
      Encoder<ILoggingEvent> encoder,
      boolean debug) {
    encoder.start();
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
    context.getLogger("ROOT").setLevel(Level.WARN);
    context.getLogger("dev.fused").setLevel(debug ? Level.DEBUG : Level.INFO);
    context.getLogger(WIRE).setLevel(Level.DEBUG); // silent unless somebody writes to it
    context.getLogger("ROOT").addAppender(appender);
  }
}
