package dev.fused.daemon;

import dev.fused.daemon.control.MountControl;
import dev.fused.server.FuseMount;
import org.slf4j.LoggerFactory;

/** The log of a mount, whose level can be changed while it serves. Any thread. */
final class MountLog implements MountControl.LogSwitch {
  private final FuseMount mount;
  private boolean requests;

  MountLog(FuseMount mount, boolean requests) {
    this.mount = mount;
    this.requests = requests;
  }

  @Override
  public String level() {
    return DaemonLogging.level();
  }

  @Override
  public void setLevel(String level) {
    DaemonLogging.setLevel(level);
  }

  @Override
  public synchronized boolean logsRequests() {
    return requests;
  }

  @Override
  public synchronized void setLogsRequests(boolean on) {
    requests = on;
    mount.wireLog(on ? LoggerFactory.getLogger(DaemonLogging.WIRE)::debug : null);
  }
}
