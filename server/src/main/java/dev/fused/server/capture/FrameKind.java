package dev.fused.server.capture;

import org.jspecify.annotations.Nullable;

/** Which way a message went, and why. */
public enum FrameKind {
  /** From the kernel to the server. */
  REQUEST(0),
  /** From the server to the kernel. */
  REPLY(1),
  /** From the server to the kernel, unasked. */
  NOTIFICATION(2);

  private final int number;

  FrameKind(int number) {
    this.number = number;
  }

  /** The number in a capture. */
  int number() {
    return number;
  }

  /** The kind of a number, null if there is none. */
  static @Nullable FrameKind of(int number) {
    for (FrameKind kind : values()) {
      if (kind.number == number) {
        return kind;
      }
    }
    return null;
  }
}
