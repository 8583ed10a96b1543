package dev.fused.daemon;

import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RolloverFailure;
import dev.fused.server.linux.CallThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Renames the log when it is full. A server that has become another user may not do that in a
 * directory of root; a thread that may then does, and the new log is the user's.
 */
final class LogRotation extends FixedWindowRollingPolicy {
  private volatile CallThreads threads = CallThreads.ORDINARY;

  void callOn(CallThreads threads) {
    this.threads = threads;
  }

  @Override
  public void rollover() {
    try {
      threads.call(this::renameAndBegin);
    } catch (IOException e) {
      throw new RolloverFailure("cannot begin a new log " + getActiveFileName() + ": " + e, e);
    }
  }

  private Path renameAndBegin() throws IOException {
    super.rollover();
    Path active = Path.of(getActiveFileName());
    Files.newOutputStream(active, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
    return active;
  }
}
