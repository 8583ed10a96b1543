package dev.fused.server.notify;

import dev.fused.protocol.reply.Notification;
import java.util.concurrent.CompletableFuture;

/** A notification that waits to be written. Guarded by its queue until it is taken. */
final class Outgoing {
  private final CompletableFuture<Integer> written = new CompletableFuture<>();
  private Notification notification;

  Outgoing(Notification notification) {
    this.notification = notification;
  }

  Notification notification() {
    return notification;
  }

  /** Says with one notification what both would have said. */
  void join(Notification other) {
    notification = Coalescing.join(notification, other);
  }

  /** The result of the write: ≥ 0, or −errno; exceptionally if it was never written. */
  CompletableFuture<Integer> written() {
    return written;
  }

  void complete(int result) {
    release();
    written.complete(result);
  }

  void fail(Throwable cause) {
    release();
    written.completeExceptionally(cause);
  }

  private void release() {
    if (notification instanceof Notification.Store store) {
      store.data().release();
    }
  }
}
