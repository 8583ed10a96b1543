package dev.fused.daemon;

import dev.fused.daemon.control.ControlServer;
import dev.fused.daemon.control.ControlSocket;
import dev.fused.daemon.control.MountControl;
import dev.fused.daemon.metrics.MountMeter;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.server.FuseMount;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a server has beside its loops, to be asked and told: the control socket. */
final class MountServices implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MountServices.class);

  private final @Nullable ControlServer control;

  private MountServices(@Nullable ControlServer control) {
    this.control = control;
  }

  /**
   * Begins. A mount without a control socket is served all the same; the log says why there is
   * none.
   *
   * @param requestLog whether each message is logged at the start
   */
  static MountServices start(
      FuseMount mount, FuseFileSystem fileSystem, MountMeter meter, boolean requestLog) {
    try {
      MountControl answers =
          new MountControl(
              mount,
              fileSystem,
              meter,
              new MountLog(mount, requestLog),
              Version.number(),
              Instant.now());
      return new MountServices(
          ControlServer.start(
              ControlSocket.of(mount.info()), answers::answer, "fused control " + mount.path()));
    } catch (IOException e) {
      log.info("fused status, top and log will not work: {}", e.getMessage());
      return new MountServices(null);
    }
  }

  @Override
  public void close() {
    if (control != null) {
      control.close();
    }
  }
}
