package dev.fused.server.session;

import dev.fused.filesystem.BackingFiles;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Privileges;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Registers backing files at a mount's device. It has a descriptor of its own, from the first
 * registration until {@link #close}, since nobody may close one that is in use. Any thread.
 */
public final class DeviceBackingFiles implements BackingFiles, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DeviceBackingFiles.class);

  /** Not asked before the mount is made. */
  private volatile @Nullable FuseDevice source;

  private volatile @Nullable FuseDevice own;
  private boolean closed;

  /**
   * Says where to register files.
   *
   * @param device one of the mount's; it stays the caller's
   */
  public void attach(FuseDevice device) {
    source = device;
  }

  @Override
  public Optional<String> refusal() {
    return source == null
        ? Optional.of("there is no device to register files at")
        : Privileges.missingForBackingFiles();
  }

  /**
   * Registers a file.
   *
   * @throws IllegalStateException if there is no device, or no descriptor for it
   */
  @Override
  public int open(int descriptor) {
    return device().openBacking(descriptor);
  }

  @Override
  public void close(int id) {
    int result = device().closeBacking(id);
    if (result < 0) {
      log.warn("backing file {} cannot be given back: error {}", id, -result);
    }
  }

  /** The session has ended, and with it all registrations. */
  @Override
  public synchronized void close() {
    closed = true;
    FuseDevice device = own;
    if (device != null) {
      device.close();
    }
  }

  private FuseDevice device() {
    FuseDevice device = own;
    return device == null ? duplicate() : device;
  }

  private synchronized FuseDevice duplicate() {
    FuseDevice device = own;
    FuseDevice mounted = source;
    if (device != null) {
      return device;
    }
    if (mounted == null || closed) {
      throw new IllegalStateException("there is no mount to register files at");
    }
    try {
      device = mounted.duplicate();
    } catch (IOException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
    own = device;
    return device;
  }
}
