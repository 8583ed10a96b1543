package dev.fused.server.transport.uring;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.Libc;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A loop over one ring: each turn is one system call, which submits what the turn before had to say
 * and waits for what is next. Its thread is bound to the processor whose requests it serves.
 *
 * <p>All but {@link #wakeup} happens on the loop.
 */
final class UringIoHandler implements IoHandler {
  private static final Logger log = LoggerFactory.getLogger(UringIoHandler.class);
  private static final int SUBMISSIONS = 64;
  private static final int COMPLETIONS = 1024;
  private static final int MOST_TURNS = 64;
  private static final long WAKEUP = 0;

  private final ThreadAwareExecutor loop;
  private final int processor;
  private final SubmissionRing ring;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment written = arena.allocate(Long.BYTES, Long.BYTES);
  private final MemorySegment read = arena.allocate(Long.BYTES, Long.BYTES);
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Object wakeupLock = new Object();
  private final UringHandle.Completion completion = new UringHandle.Completion();
  private int eventFd;
  private boolean wakeupArmed;
  private @Nullable Registration registration;

  /**
   * @param processor which the loop's thread is bound to
   * @throws IOException with a sentence, if the kernel does not give a ring
   */
  UringIoHandler(ThreadAwareExecutor loop, int processor) throws IOException {
    this.loop = loop;
    this.processor = processor;
    this.ring = new SubmissionRing(SUBMISSIONS, COMPLETIONS);
    this.written.set(JAVA_LONG, 0, 1);
    this.eventFd = Libc.eventfd(Libc.EFD_CLOEXEC);
    if (eventFd < 0) {
      ring.close();
      throw new IOException("eventfd: " + Errno.describe(eventFd));
    }
  }

  @Override
  public void initialize() {
    ring.enable();
    int result = Libc.pinThisThread(processor);
    if (result < 0) {
      // It is switched off, or not ours to use. Then the thread serves it from elsewhere.
      log.debug("processor {} cannot be used: {}", processor, Errno.describe(result));
    }
  }

  /**
   * Goes on as long as there are completions and no tasks: what the loop does between is not free.
   */
  @Override
  public int run(IoHandlerContext context) {
    int handled = 0;
    for (int turn = 0; turn < MOST_TURNS && context.canBlock(); turn++) {
      armWakeup();
      rest();
      boolean untilWoken = context.deadlineNanos() == -1;
      ring.await(untilWoken ? -1 : Math.max(0, context.delayNanos(System.nanoTime())));
      int taken = ring.takeCompletions(this::completed);
      if (taken == 0) {
        return handled;
      }
      handled += taken;
    }
    ring.submit();
    return handled + ring.takeCompletions(this::completed);
  }

  /** The loop's ring, to push to. */
  SubmissionRing ring() {
    return ring;
  }

  /**
   * Submits what was pushed, and tells of what has completed by then.
   *
   * @return how many there were; the kernel brings some 20 of many at a time
   */
  int settle() {
    ring.submit();
    return ring.takeCompletions(this::completed);
  }

  private void rest() {
    Registration current = registration;
    if (current != null) {
      current.handle.rest();
    }
  }

  private void armWakeup() {
    if (!wakeupArmed) {
      wakeupArmed = true;
      ring.pushRead(eventFd, read.address(), WAKEUP);
    }
  }

  private void completed(long userData, int result) {
    if (userData == WAKEUP) {
      wakeupArmed = false;
      // Before the tasks are looked at: who adds one from now on writes again.
      woken.set(false);
      return;
    }
    Registration current = registration;
    if (current != null) {
      completion.set(userData, result);
      current.handle.handle(current, completion);
    }
  }

  /** Any thread; also before the loop runs, and after it has ended. */
  @Override
  public void wakeup() {
    if (loop.isExecutorThread(Thread.currentThread()) || woken.getAndSet(true)) {
      return;
    }
    synchronized (wakeupLock) { // the number of a closed descriptor may be another's
      if (eventFd >= 0) {
        Libc.write(eventFd, written.address(), Long.BYTES);
      }
    }
  }

  @Override
  public IoRegistration register(IoHandle handle) {
    if (registration != null) {
      throw new IllegalStateException("a ring serves one handle");
    }
    Registration added = new Registration((UringHandle) handle);
    registration = added;
    handle.registered();
    return added;
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> type) {
    return UringHandle.class.isAssignableFrom(type);
  }

  @Override
  public void prepareToDestroy() {
    Registration current = registration;
    if (current != null) {
      current.handle.close();
    }
  }

  @Override
  public void destroy() {
    ring.close();
    synchronized (wakeupLock) {
      Libc.close(eventFd);
      eventFd = -1;
      arena.close();
    }
  }

  private final class Registration implements IoRegistration {
    private final UringHandle handle;

    Registration(UringHandle handle) {
      this.handle = handle;
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as the interface is
    public <T> T attachment() {
      return (T) UringIoHandler.this;
    }

    @Override
    public long submit(IoOps ops) {
      throw new UnsupportedOperationException("submissions are pushed to the ring");
    }

    @Override
    public boolean isValid() {
      return registration == this;
    }

    @Override
    public boolean cancel() {
      if (registration != this) {
        return false;
      }
      registration = null;
      handle.unregistered();
      return true;
    }
  }
}
