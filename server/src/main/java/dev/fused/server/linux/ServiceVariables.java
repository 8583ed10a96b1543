package dev.fused.server.linux;

import java.util.Map;
import java.util.Set;

/**
 * The variables by which a service manager speaks to one process, and not to its children:
 * sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3).
 */
public final class ServiceVariables {
  private static final Set<String> NAMES =
      Set.of(
          "NOTIFY_SOCKET",
          "WATCHDOG_USEC",
          "WATCHDOG_PID",
          "LISTEN_FDS",
          "LISTEN_FDNAMES",
          "LISTEN_PID");

  private ServiceVariables() {}

  /** Removes them from the environment that a child is to get. */
  public static void removeFrom(Map<String, String> environment) {
    environment.keySet().removeAll(NAMES);
  }
}
