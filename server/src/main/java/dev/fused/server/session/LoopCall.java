package dev.fused.server.session;

import dev.fused.protocol.request.FuseRequest;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The request for which a loop is inside the file system now. The loop writes it, and takes no time
 * for that; any thread reads it.
 */
public final class LoopCall {
  private static final VarHandle REQUEST;

  static {
    try {
      REQUEST = MethodHandles.lookup().findVarHandle(LoopCall.class, "request", FuseRequest.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile @Nullable Thread thread;

  @SuppressWarnings("unused") // through the handle
  private @Nullable FuseRequest request;

  /** The file system is called; on the loop. */
  public void begin(FuseRequest called) {
    if (thread == null) {
      thread = Thread.currentThread();
    }
    REQUEST.setRelease(this, called);
  }

  /** The call has returned; on the loop. */
  public void end() {
    REQUEST.setRelease(this, null);
  }

  /** Null while the loop is not inside the file system. */
  public @Nullable FuseRequest request() {
    return (FuseRequest) REQUEST.getAcquire(this);
  }

  /** The loop's thread; null before its first request. */
  public @Nullable Thread thread() {
    return thread;
  }
}
