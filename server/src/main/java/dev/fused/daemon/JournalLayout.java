package dev.fused.daemon;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;

/**
 * Lines for systemd's journal, which takes a priority from the beginning of each (sd-daemon(3)) and
 * the time from its own clock.
 */
final class JournalLayout extends LayoutBase<ILoggingEvent> {
  @Override
  public String doLayout(ILoggingEvent event) {
    String prefix = "<" + priority(event.getLevel()) + ">";
    String text = event.getFormattedMessage();
    if (event.getThrowableProxy() != null) {
      text += "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy()).stripTrailing();
    }
    return prefix + text.replace("\n", "\n" + prefix) + "\n";
  }

  /** As in syslog(3). */
  private static int priority(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> 3;
      case Level.WARN_INT -> 4;
      case Level.INFO_INT -> 6;
      default -> 7;
    };
  }
}
