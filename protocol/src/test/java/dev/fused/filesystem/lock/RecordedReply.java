package dev.fused.filesystem.lock;

import dev.fused.filesystem.LockReply;
import dev.fused.filesystem.StatusReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** A reply as the server's are, which remembers how it was completed and refuses a second time. */
final class RecordedReply implements StatusReply, LockReply {
  /** Of a success, the lock of GETLK or "ok"; of a failure, the errno. */
  private final CompletableFuture<Object> outcome = new CompletableFuture<>();

  private final AtomicReference<Runnable> action = new AtomicReference<>();
  private final Runnable whenDone;
  private volatile boolean interrupted;

  RecordedReply() {
    this(() -> {});
  }

  /** Runs something inside the call that completes the reply. */
  RecordedReply(Runnable whenDone) {
    this.whenDone = whenDone;
  }

  @Override
  public void ok() {
    complete("ok");
  }

  @Override
  public void lock(FileLock lock) {
    complete(lock);
  }

  @Override
  public void error(Errno errno) {
    complete(errno);
  }

  private void complete(Object result) {
    if (!outcome.complete(result)) {
      throw new IllegalStateException("completed twice: " + outcome.join() + ", " + result);
    }
    whenDone.run();
  }

  @Override
  public boolean isDone() {
    return outcome.isDone();
  }

  @Override
  public boolean isInterrupted() {
    return interrupted;
  }

  @Override
  public void onInterrupt(Runnable newAction) {
    action.set(newAction);
    if (interrupted) {
      runAction();
    }
  }

  /** A signal comes. */
  void interrupt() {
    interrupted = true;
    runAction();
  }

  /** Runs what to do on an interrupt even if the reply is complete: the harshest case. */
  private void runAction() {
    Runnable todo = action.getAndSet(null);
    if (todo != null) {
      todo.run();
    }
  }

  /** "ok", a {@link FileLock}, an {@link Errno}, or "waits". */
  Object outcome() {
    return outcome.getNow("waits");
  }

  /** Waits for the outcome. */
  Object join() {
    return outcome.join();
  }
}
