package dev.fused.daemon;

import dev.fused.daemon.control.ControlServer;
import dev.fused.daemon.control.ControlSocket;
import dev.fused.daemon.control.MountControl;
import dev.fused.daemon.metrics.MountMeter;
import dev.fused.daemon.prometheus.MetricsAddress;
import dev.fused.daemon.prometheus.MetricsEndpoint;
import dev.fused.daemon.service.ServiceManager;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.server.FuseMount;
import dev.fused.server.linux.CallThreads;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a server has beside its loops: the control socket and metrics, where it is asked and told,
 * and its word to the service manager that started it, if one did.
 */
final class MountServices implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MountServices.class);

  private final @Nullable MetricsEndpoint metrics;
  private volatile @Nullable ControlServer control;
  private volatile @Nullable ServiceManager manager;

  private MountServices(@Nullable MetricsEndpoint metrics) {
    this.metrics = metrics;
  }

  /**
   * Makes sure, before anything is mounted, that what was asked for can be had.
   *
   * @param metrics where they are to be had; empty for nowhere
   * @throws IOException with a sentence if that is impossible
   */
  static MountServices prepare(Optional<MetricsAddress> metrics) throws IOException {
    return new MountServices(metrics.isPresent() ? MetricsEndpoint.listen(metrics.get()) : null);
  }

  /**
   * Begins. A mount without a control socket is served all the same; the log says why there is
   * none.
   *
   * @param requestLog whether each message is logged at the start
   */
  void start(FuseMount mount, FuseFileSystem fileSystem, MountMeter meter, boolean requestLog) {
    if (metrics != null) {
      metrics.describe(mount, fileSystem, meter, Version.number());
    }
    if (System.getenv(ServiceManager.SOCKET) != null) {
      manager = ServiceManager.of(System.getenv(), ProcessHandle.current().pid());
    }
    MountControl answers =
        new MountControl(
            mount,
            fileSystem,
            meter,
            new MountLog(mount, requestLog),
            Version.number(),
            Instant.now());
    try {
      int connection =
          mount
              .connectionNumber()
              .orElseThrow(() -> new IOException("the number of the connection is not known"));
      control =
          ControlServer.start(
              ControlSocket.of(connection), answers::answer, "fused control " + mount.path());
    } catch (IOException e) {
      log.info("fused status, top and log will not work: {}", e.getMessage());
    }
  }

  /** Has what takes privileges done by {@code threads} from now on, until the end of the mount. */
  void callOn(FuseMount mount, CallThreads threads) {
    mount.callOn(threads);
    ControlServer listening = control;
    if (listening != null) {
      listening.callOn(threads);
    }
    if (metrics != null) {
      metrics.callOn(threads);
    }
    DaemonLogging.rotateOn(threads);
  }

  /**
   * The mount answers, and all that was asked for is done.
   *
   * @param status what is mounted, in a sentence
   */
  void ready(FuseMount mount, String status) {
    ServiceManager told = manager;
    if (told != null) {
      told.ready(status, mount::roundOfLoops);
    }
  }

  /** The server begins to end. */
  void stopping() {
    ServiceManager told = manager;
    if (told != null) {
      told.stopping("unmounting");
    }
  }

  /** Ends what there is; the second time, nothing. */
  @Override
  public void close() {
    ServiceManager told = manager;
    if (told != null) {
      told.stopping("unmounted");
      told.close();
    }
    ControlServer listening = control;
    if (listening != null) {
      listening.close();
    }
    if (metrics != null) {
      metrics.close();
    }
  }
}
