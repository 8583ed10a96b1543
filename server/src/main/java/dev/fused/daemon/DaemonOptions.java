package dev.fused.daemon;

import dev.fused.filesystem.OptionDescription;
import java.util.List;

/** The options of {@code fused mount} that are neither the mount's nor the file system's. */
final class DaemonOptions {
  static final OptionDescription MOUNT_POINT =
      OptionDescription.of(
          "mount_point",
          "DIR",
          "Where to mount, for a file of options; the argument of the command line wins.");

  static final OptionDescription FILE_SYSTEM =
      OptionDescription.of(
          "file_system", "NAME", "Which file system to serve; memory, the default, comes along.");

  static final OptionDescription USER =
      OptionDescription.of(
              "setuid",
              "USER[:GROUP]",
              "Who the server becomes once the mount answers, without further groups, without"
                  + " capabilities but for its end, and for good: names or numbers; the group of the"
                  + " user by default. For root; not with data=passthrough or transport=io_uring. Who may use the mount, and"
                  + " how, stays the same. After -o only setuid means this: user is a word of mount(8).")
          .alsoNamed("user");

  static final OptionDescription LOG_FILE =
      OptionDescription.of(
          "log_file",
          "FILE",
          "Where a server in the background logs; by default /var/log/fused/MOUNTPOINT.log for root,"
              + " and for others ~/.local/state/fused/MOUNTPOINT.log (or in $XDG_STATE_HOME). Beyond"
              + " 10 MB it is renamed, and three old ones are kept. Not under the mount point.");

  static final OptionDescription LOG_FORMAT =
      OptionDescription.of(
          "log_format",
          "NAME",
          "How the log is written: text, the default, or json, an object a line.");

  static final OptionDescription METRICS =
      OptionDescription.of(
          "metrics",
          "ADDRESS",
          "Where Prometheus may ask for metrics: a port of the loopback interface, as 9500 or"
              + " [::1]:9500, which all users of this machine may open, or a path, as"
              + " /run/fused/metrics.sock, for a Unix socket that only its owner may open. Nowhere by"
              + " default.");

  static final OptionDescription REQUEST_DEADLINE =
      OptionDescription.of(
          "request_deadline",
          "SECONDS",
          "Reports a request that the file system has not answered for so long, with the stack of"
              + " its thread, in the log and by fused status; 60 by default, 0 for never.");

  static final OptionDescription REQUEST_ABORT =
      OptionDescription.of(
          "request_abort",
          "SECONDS",
          "Aborts the connection when a request is not answered for so long; 0, the default, for"
              + " never.");

  /** In the order of the manual. */
  static final List<OptionDescription> ALL =
      List.of(
          MOUNT_POINT,
          FILE_SYSTEM,
          USER,
          LOG_FILE,
          LOG_FORMAT,
          METRICS,
          REQUEST_DEADLINE,
          REQUEST_ABORT);

  private DaemonOptions() {}
}
