package dev.fused.server.notify;

import dev.fused.protocol.reply.Notification;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The notifications that wait, in order; one that tells the kernel nothing new joins the one that
 * waits already. So its length is bounded by what there is to invalidate. Any thread.
 */
final class NotificationQueue {
  private final Queue<Outgoing> waiting = new ArrayDeque<>();

  /** Those of {@link #waiting} that others may join. */
  private final Map<Object, Outgoing> joinable = new HashMap<>();

  private boolean open;
  private boolean closed;

  /**
   * Adds a notification, or joins it to one that waits.
   *
   * @return null if the queue is closed
   */
  synchronized @Nullable Outgoing add(Notification notification) {
    if (closed) {
      return null;
    }
    Object key = Coalescing.key(notification);
    Outgoing same = key == null ? null : joinable.get(key);
    if (same != null) {
      same.join(notification);
      return same;
    }
    Object separated = Coalescing.separates(notification);
    if (separated != null) {
      joinable.remove(separated);
    }
    Outgoing added = new Outgoing(notification);
    waiting.add(added);
    if (key != null) {
      joinable.put(key, added);
    }
    notifyAll();
    return added;
  }

  /** From now on notifications may be taken. */
  synchronized void open() {
    open = true;
    notifyAll();
  }

  /** The next notification, for which it waits; null when the queue is closed. */
  synchronized @Nullable Outgoing take() throws InterruptedException {
    while (!closed && (!open || waiting.isEmpty())) {
      wait();
    }
    Outgoing next = closed ? null : waiting.poll();
    if (next != null) {
      Object key = Coalescing.key(next.notification());
      if (key != null) {
        joinable.remove(key, next);
      }
    }
    return next;
  }

  /** Ends the queue and returns what was never taken. */
  synchronized List<Outgoing> close() {
    closed = true;
    notifyAll();
    List<Outgoing> left = new ArrayList<>(waiting);
    waiting.clear();
    joinable.clear();
    return left;
  }
}
