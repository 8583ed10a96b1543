package dev.fused.server.reply;

import dev.fused.filesystem.Reply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.request.FuseRequest;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A reply in the hands of a file system. It costs one small object while it is answered within the
 * call that delivers the request; only a later answer is entered into the session's table.
 */
public abstract class PendingReply implements Reply {
  private static final Logger log = LoggerFactory.getLogger(PendingReply.class);
  private static final VarHandle STATE;

  private static final int OPEN = 0;

  /** Is being moved to a request that came again; for a moment. */
  private static final int MOVING = 1;

  private static final int DONE = 2;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(PendingReply.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private ReplySink sink;
  private FuseRequest request;
  private volatile int state;
  private volatile boolean sent;
  private volatile boolean interrupted;
  private volatile @Nullable InFlightEntry inFlight;
  private @Nullable ByteBuf lent;
  private @Nullable Runnable onInterrupt;

  protected PendingReply(ReplySink sink, FuseRequest request) {
    this.sink = sink;
    this.request = request;
  }

  protected final FuseRequest request() {
    return request;
  }

  protected final ReplySink sink() {
    return sink;
  }

  /**
   * Keeps a buffer until the reply is complete, or found to be dropped: the one behind the
   * request's data, or one in which the reply is gathered. At most one buffer a reply.
   */
  public final void lend(ByteBuf data) {
    lent = data.retain();
    InFlightEntry entry = inFlight;
    if (entry != null) {
      entry.lend(data);
    }
  }

  /**
   * Enters the reply into the session's table, if it is still open: from now on it can be
   * interrupted, and is answered if it is dropped.
   *
   * @param thread on which the file system is called for it; null if that call has returned
   */
  public final void trackInFlight(@Nullable Thread thread) {
    if (isDone()) {
      return;
    }
    InFlightEntry entry = new InFlightEntry(sink, request, lent, this, thread);
    inFlight = entry;
    sink.session().inFlight().add(entry);
    // It may have been sent meanwhile, by a thread that did not see the entry.
    if (sent) {
      entry.finish();
    }
  }

  @Override
  public final void error(Errno errno) {
    begin();
    finish(ReplyMessage.error(request, errno));
  }

  /**
   * For an exception out of the file system: answers {@code errno} unless the reply is complete
   * already.
   */
  public final void errorIfOpen(Errno errno) {
    if (claim()) {
      finish(ReplyMessage.error(request, errno));
    }
  }

  @Override
  public final boolean isDone() {
    return state == DONE;
  }

  /**
   * Lets whoever works on a request answer it under the name, and on the channel, with which the
   * kernel has sent it again.
   *
   * @return false if nobody works on it any more: the answer, if there was one, was lost
   */
  public static boolean moveToResent(ReplySink sink, FuseRequest resent) {
    return sink.session().inFlight().find(resent.unique()) instanceof InFlightEntry entry
        && entry.moveTo(sink, resent);
  }

  final boolean moveTo(ReplySink newSink, FuseRequest resent) {
    if (!leaveOpen(MOVING)) {
      return false;
    }
    sink = newSink;
    request = resent;
    state = OPEN;
    return true;
  }

  @Override
  public final boolean isInterrupted() {
    return interrupted;
  }

  @Override
  public final void onInterrupt(Runnable action) {
    synchronized (this) {
      onInterrupt = action;
      if (!interrupted) {
        return;
      }
    }
    runInterruptAction();
  }

  /** The caller got a signal. */
  final void interrupt() {
    interrupted = true;
    runInterruptAction();
  }

  private void runInterruptAction() {
    Runnable action;
    synchronized (this) {
      action = onInterrupt;
      onInterrupt = null;
    }
    if (action == null || isDone()) {
      return;
    }
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      log.error("the interrupt action of {} failed", request, e);
    }
  }

  /**
   * Completes with success.
   *
   * @param data owned by the reply, released also if the reply is complete already
   */
  protected final void complete(@Nullable ReplyBody body, ByteBuf... data) {
    try {
      begin();
    } catch (IllegalStateException e) {
      for (ByteBuf piece : data) {
        ReferenceCountUtil.safeRelease(piece);
      }
      throw e;
    }
    finish(ReplyMessage.success(request, body, data));
  }

  /** Throws unless this thread is the one that completes the reply. */
  private void begin() {
    if (!claim()) {
      throw new IllegalStateException("already answered: " + request);
    }
  }

  /** True on the one thread that completes the reply. */
  private boolean claim() {
    return leaveOpen(DONE);
  }

  private boolean leaveOpen(int next) {
    while (!STATE.compareAndSet(this, OPEN, next)) {
      if (state == DONE) {
        return false;
      }
      Thread.onSpinWait();
    }
    return true;
  }

  private void finish(ReplyMessage message) {
    sink.send(message);
    // Not before: who waits until nothing is in flight, to close the channel, would overtake it.
    sent = true;
    InFlightEntry entry = inFlight;
    if (entry != null) {
      entry.finish();
    }
    ByteBuf buffer = lent;
    if (buffer != null) {
      lent = null;
      buffer.release();
    }
  }
}
