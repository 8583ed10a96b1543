package dev.fused.server.session;

import dev.fused.protocol.request.FuseRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A request that the file system has not answered for long.
 *
 * @param age how long at least
 * @param thread the thread on which the file system works on it; null if its call has returned and
 *     the reply is kept for later
 */
public record OpenRequest(FuseRequest request, Duration age, @Nullable Thread thread) {
  /** The opcode, the ids and the caller, for people. */
  public String describe() {
    return "%s, unique %s, nodeid %s, of pid %d (uid %s)"
        .formatted(
            request.header().opcodeName(),
            Long.toUnsignedString(request.unique()),
            Long.toUnsignedString(request.nodeid()),
            request.pid(),
            Integer.toUnsignedString(request.uid()));
  }

  /** Where its thread is, a line for each call, the innermost first; says so if there is none. */
  public String stack() {
    Thread running = thread;
    if (running == null || !running.isAlive()) {
      return "no thread works on it: the file system has kept the reply";
    }
    StringBuilder text = new StringBuilder("thread \"").append(name(running)).append('"');
    for (StackTraceElement call : running.getStackTrace()) {
      text.append("\n\tat ").append(call);
    }
    return text.toString();
  }

  private static String name(Thread thread) {
    return thread.isVirtual() ? "virtual " + thread.threadId() : thread.getName();
  }
}
