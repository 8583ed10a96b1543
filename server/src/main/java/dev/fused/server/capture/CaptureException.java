package dev.fused.server.capture;

import java.io.IOException;

/** A file is no capture, or a damaged one. The message is a sentence that says where. */
public final class CaptureException extends IOException {
  private static final long serialVersionUID = 1;

  public CaptureException(String message) {
    super(message);
  }
}
