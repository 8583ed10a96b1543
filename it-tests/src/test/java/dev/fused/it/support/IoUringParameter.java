package dev.fused.it.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The switch by which the kernel serves FUSE over io_uring. Tests switch it on as long as their JVM
 * runs; it is read when a mount is made.
 */
public final class IoUringParameter {
  private static final Path PARAMETER = Path.of("/sys/module/fuse/parameters/enable_uring");
  private static boolean touched;

  private IoUringParameter() {}

  /** Why there is no io_uring for FUSE here; empty if there is, and then it is switched on. */
  static synchronized String switchOn() {
    if (!Files.isWritable(PARAMETER)) {
      return "FUSE over io_uring needs Linux 6.14, root, and " + PARAMETER;
    }
    set("Y");
    return "";
  }

  /** Runs an action while the kernel's switch is off. */
  public static synchronized void whileOff(Runnable action) {
    set("N");
    try {
      action.run();
    } finally {
      set("Y");
    }
  }

  /** {@code Y} or {@code N}, until the end of this JVM. */
  private static synchronized void set(String value) {
    try {
      String before = Files.readString(PARAMETER).strip();
      if (!touched) {
        touched = true;
        Runtime.getRuntime().addShutdownHook(new Thread(() -> set(before)));
      }
      if (!before.equals(value)) {
        Files.writeString(PARAMETER, value);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
