package dev.fused.filesystem;

import dev.fused.protocol.Errno;

/** A notification that had no effect: the kernel refused it, or the mount has ended (ENODEV). */
public final class NotificationException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Errno errno;

  public NotificationException(String message, Errno errno) {
    super(message + ": " + errno.describe());
    this.errno = errno;
  }

  /** Why; ENODEV if the mount has ended. */
  public Errno errno() {
    return errno;
  }
}
