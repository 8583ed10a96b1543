package dev.fused.daemon.user;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.CallThreads;
import dev.fused.server.linux.Credentials;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The one thread that keeps capabilities when the process becomes another user. It makes short
 * calls, one after the other; for a call that may hang it starts a thread, which inherits what it
 * has. Any thread may ask it.
 */
final class PrivilegedThread implements CallThreads {
  private final BlockingQueue<FutureTask<?>> calls = new LinkedBlockingQueue<>();
  private final Thread thread;

  private PrivilegedThread() {
    this.thread = Thread.ofPlatform().daemon().name("fused privileged").unstarted(this::run);
  }

  /**
   * Starts it, as root. It will keep all capabilities until {@link #reduceTo}.
   *
   * @throws IOException with a sentence if the kernel refuses
   */
  static PrivilegedThread start() throws IOException {
    PrivilegedThread started = new PrivilegedThread();
    started.thread.start();
    started.require("keep its capabilities", Credentials::keepCapabilities);
    return started;
  }

  /**
   * From now on it has these capabilities only.
   *
   * @throws IOException with a sentence if it does not have them
   */
  void reduceTo(long capabilities) throws IOException {
    require("reduce its capabilities", () -> Credentials.setCapabilities(capabilities));
  }

  private void require(String what, Call<Integer> systemCall) throws IOException {
    int result = call(systemCall);
    if (result < 0) {
      throw new IOException("a thread cannot " + what + ": " + Errno.describe(result));
    }
  }

  private void run() {
    try {
      while (true) {
        calls.take().run();
      }
    } catch (InterruptedException e) {
      // nobody interrupts it: it ends with the process
    }
  }

  @Override
  public void start(String name, Runnable call) {
    calls.add(
        new FutureTask<>(
            () -> {
              Thread.ofPlatform().daemon().name(name).start(call);
              return null;
            }));
  }

  /** An interrupt does not shorten the wait: calls are short. */
  @Override
  public <T> T call(Call<T> call) throws IOException {
    FutureTask<T> task = new FutureTask<>(call::call);
    calls.add(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException | CancellationException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (cause instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      throw cause instanceof IOException io ? io : new IOException(cause);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
