package dev.fused.daemon;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's side of "fused mount" returning while the server stays behind.
 *
 * <p>Java cannot fork, so the launcher starts the JVM in the background, with a pipe at a
 * descriptor that it names, and waits: for the word "ready" on it, or for the end of the process,
 * whose status it hands on.
 */
final class Background {
  private static final Logger log = LoggerFactory.getLogger(Background.class);
  private static final String NULL_DEVICE = "/dev/null";
  private static final int STANDARD_DESCRIPTORS = 3;

  private Background() {}

  /** Leaves terminal and working directory, which could be on a mount that has to go. */
  static void leaveTerminal() {
    int session = Libc.setsid();
    if (session < 0) {
      log.debug("setsid: {}", Errno.describe(session));
    }
    int changed = Libc.chdir("/");
    if (changed < 0) {
      log.debug("chdir: {}", Errno.describe(changed));
    }
  }

  /** Tells the launcher that the mount answers, and lets go of its standard streams. */
  static void ready(int fd) {
    System.out.flush();
    System.err.flush();
    int nothing = Libc.open(NULL_DEVICE, Libc.O_RDWR | Libc.O_CLOEXEC);
    for (int standard = 0; standard < STANDARD_DESCRIPTORS && nothing >= 0; standard++) {
      Libc.dup2(nothing, standard);
    }
    byte[] word = "ready\n".getBytes(StandardCharsets.US_ASCII);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(word.length);
      memory.copyFrom(MemorySegment.ofArray(word));
      int written = Libc.write(fd, memory.address(), word.length);
      if (written < 0) {
        log.warn("the launcher is gone: {}", Errno.describe(written));
      }
    }
    Libc.close(fd);
    Libc.close(nothing);
  }
}
