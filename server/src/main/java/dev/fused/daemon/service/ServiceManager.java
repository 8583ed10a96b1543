package dev.fused.daemon.service;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service manager that started this server, as systemd does for a unit of {@code Type=notify}.
 * It is told when the mount answers, when it ends, and, if it has a watchdog, that the loops go on.
 * What it cannot be told is logged, and serving goes on. Any thread.
 */
public final class ServiceManager implements AutoCloseable {
  /** The variable that names its socket; not set if there is no service manager. */
  public static final String SOCKET = "NOTIFY_SOCKET";

  private static final Logger log = LoggerFactory.getLogger(ServiceManager.class);
  private static final String WATCHDOG_MICROS = "WATCHDOG_USEC";
  private static final String WATCHDOG_PID = "WATCHDOG_PID";

  private final NotifySocket socket;
  private final @Nullable Duration beats;
  private @Nullable Watchdog watchdog;
  private boolean stopping;

  /**
   * @param beats how often to say that the loops go on; null for never
   */
  ServiceManager(NotifySocket socket, @Nullable Duration beats) {
    this.socket = socket;
    this.beats = beats;
  }

  /**
   * The one that an environment speaks of.
   *
   * @param pid of this process
   * @return null if its socket cannot be used, which is logged
   */
  public static @Nullable ServiceManager of(Map<String, String> environment, long pid) {
    try {
      NotifySocket socket = NotifySocket.connect(environment.getOrDefault(SOCKET, ""));
      return new ServiceManager(socket, beats(environment, pid));
    } catch (IOException e) {
      log.warn("the service manager is told nothing: {} {}", SOCKET, e.getMessage());
      return null;
    }
  }

  /** Half of the time after which the watchdog takes silence for death, sd_watchdog_enabled(3). */
  static @Nullable Duration beats(Map<String, String> environment, long pid) {
    String micros = environment.get(WATCHDOG_MICROS);
    String watched = environment.getOrDefault(WATCHDOG_PID, "");
    if (micros == null || !(watched.isEmpty() || watched.equals(Long.toString(pid)))) {
      return null;
    }
    try {
      long timeout = Long.parseLong(micros);
      if (timeout > 1 && timeout <= Long.MAX_VALUE / 1000) {
        return Duration.ofNanos(timeout * 1000 / 2);
      }
    } catch (NumberFormatException e) {
      // as if it were out of range
    }
    log.warn("there is no watchdog: {} is \"{}\"", WATCHDOG_MICROS, micros);
    return null;
  }

  /**
   * The mount answers. From now on the watchdog hears of the loops.
   *
   * @param status what is mounted, in a sentence
   * @param round as {@code FuseMount.roundOfLoops}
   */
  public synchronized void ready(String status, Supplier<CompletableFuture<Void>> round) {
    tell("READY=1", status(status));
    if (beats != null && watchdog == null) {
      watchdog = Watchdog.start(beats, round, () -> tell("WATCHDOG=1"));
    }
  }

  /** The server begins to end; the second time, nothing. */
  public synchronized void stopping(String status) {
    if (!stopping) {
      stopping = true;
      tell("STOPPING=1", status(status));
    }
  }

  /** The name of a mount point may hold anything, and a line feed would end the sentence. */
  private static String status(String sentence) {
    return "STATUS=" + sentence.replaceAll("\\p{Cntrl}", "?");
  }

  private void tell(String... assignments) {
    try {
      socket.send(assignments);
      log.debug("told the service manager: {}", String.join(" ", assignments));
    } catch (IOException e) {
      log.warn("the service manager was not told {}: {}", assignments[0], e.getMessage());
    }
  }

  @Override
  public void close() {
    Watchdog beating;
    synchronized (this) {
      beating = watchdog;
    }
    if (beating != null) {
      beating.close();
    }
    socket.close();
  }
}
