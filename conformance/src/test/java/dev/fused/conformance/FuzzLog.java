package dev.fused.conformance;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.LoggerFactory;

/**
 * Listens to what is logged, and to exceptions that end a thread. A warning without an exception is
 * what bad input may cause; anything above that, or with an exception, is a fault of ours. Any
 * thread.
 */
final class FuzzLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private static final int MOST_FAULTS = 20;

  private final Queue<String> faults = new ConcurrentLinkedQueue<>();
  private final LongAdder warnings = new LongAdder();
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private final Level level = root.getLevel();

  /** Are quiet while somebody listens. */
  private final List<Appender<ILoggingEvent>> others = new ArrayList<>();

  private final Thread.UncaughtExceptionHandler before =
      Thread.getDefaultUncaughtExceptionHandler();

  FuzzLog() {
    root.iteratorForAppenders().forEachRemaining(others::add);
    others.forEach(root::detachAppender);
    root.setLevel(Level.WARN);
    root.addAppender(this);
    setContext(root.getLoggerContext());
    start();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, e) -> add(thread.getName() + " ended by " + e + trace(e)));
  }

  @Override
  protected void append(ILoggingEvent event) {
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown == null && event.getLevel() == Level.WARN) {
      warnings.increment();
      return;
    }
    String trace = thrown == null ? "" : "\n" + ThrowableProxyUtil.asString(thrown);
    add(event.getLevel() + " " + event.getFormattedMessage() + trace);
  }

  private void add(String fault) {
    if (faults.size() < MOST_FAULTS) {
      faults.add(fault);
    }
  }

  private static String trace(Throwable e) {
    StringBuilder text = new StringBuilder();
    for (StackTraceElement element : e.getStackTrace()) {
      text.append("\n\tat ").append(element);
    }
    return text.toString();
  }

  long warnings() {
    return warnings.sum();
  }

  /** Throws what was logged since the last time, if it is a fault. */
  void check() {
    String fault = faults.poll();
    if (fault != null) {
      faults.clear();
      throw new FuzzFailure(FuzzFailure.Kind.LOGGED, fault);
    }
  }

  @Override
  public void close() {
    root.detachAppender(this);
    stop();
    others.forEach(root::addAppender);
    root.setLevel(level);
    Thread.setDefaultUncaughtExceptionHandler(before);
  }
}
