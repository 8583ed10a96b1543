package dev.fused.server.mount;

import java.io.IOException;

/** Mounting or unmounting failed. The message says for a user what failed, why, and what to do. */
public final class MountException extends IOException {
  private static final long serialVersionUID = 1;

  public MountException(String message) {
    super(message);
  }

  MountException(String message, Throwable cause) {
    super(message, cause);
  }
}
