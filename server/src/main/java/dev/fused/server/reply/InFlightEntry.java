package dev.fused.server.reply;

import dev.fused.protocol.Errno;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.InFlightRequests;
import io.netty.buffer.ByteBuf;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the session keeps of a reply that was not completed at once. It refers to the reply weakly:
 * a reply that nobody else holds can never be completed, so when the collector finds it, this entry
 * answers EIO in its place.
 */
final class InFlightEntry implements InFlightRequests.Entry, Runnable {
  private static final Logger log = LoggerFactory.getLogger(InFlightEntry.class);
  private static final Cleaner CLEANER = Cleaner.create();

  private volatile ReplySink sink;
  private volatile FuseRequest request;
  private final WeakReference<PendingReply> reply;
  private final Cleaner.Cleanable cleanable;
  private final AtomicBoolean finished = new AtomicBoolean();
  private volatile @Nullable ByteBuf lent;
  private final long sinceNanos = System.nanoTime();

  /** Weak, as the thread has the reply, which would then never be found dropped. */
  private final WeakReference<@Nullable Thread> thread;

  InFlightEntry(
      ReplySink sink,
      FuseRequest request,
      @Nullable ByteBuf lent,
      PendingReply reply,
      @Nullable Thread thread) {
    this.thread = new WeakReference<>(thread);
    this.sink = sink;
    this.request = request;
    this.lent = lent;
    this.reply = new WeakReference<>(reply);
    this.cleanable = CLEANER.register(reply, this);
  }

  /** The buffer to release if the reply is dropped; before that it is the reply's to release. */
  void lend(ByteBuf data) {
    lent = data;
  }

  /**
   * The reply answers {@code resent} from now on; false if it is complete, or that is not the same
   * request at all.
   */
  boolean moveTo(ReplySink newSink, FuseRequest resent) {
    if (!isSame(request.header(), resent.header())) {
      return false;
    }
    PendingReply pending = reply.get();
    if (pending == null || !pending.moveTo(newSink, resent)) {
      return false;
    }
    sink = newSink;
    request = resent;
    return true;
  }

  private static boolean isSame(RequestHeader request, RequestHeader resent) {
    return request.opcode() == resent.opcode() && request.nodeid() == resent.nodeid();
  }

  /** The reply is complete. */
  void finish() {
    if (finished.compareAndSet(false, true)) {
      sink.session().inFlight().remove(this);
      cleanable.clean();
    }
  }

  /**
   * The reply is unreachable: on the cleaner's thread; or finished: then there is nothing to do.
   */
  @Override
  public void run() {
    if (!finished.compareAndSet(false, true)) {
      return;
    }
    FuseSession session = sink.session();
    if (!session.ended().isDone()) { // else it is left over, and nobody waits for it
      session.replyDropped();
      log.error("the file system never answered {}: answering EIO in its place", request);
      sink.send(ReplyMessage.error(request, Errno.EIO));
    }
    session.inFlight().remove(this);
    ByteBuf buffer = lent;
    if (buffer != null) {
      buffer.release();
    }
  }

  @Override
  public FuseRequest request() {
    return request;
  }

  @Override
  public long sinceNanos() {
    return sinceNanos;
  }

  @Override
  public @Nullable Thread thread() {
    return thread.get();
  }

  @Override
  public void interrupt() {
    PendingReply pending = reply.get();
    if (pending != null) {
      pending.interrupt();
    }
  }
}
