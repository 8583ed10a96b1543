package dev.fused.server.linux;

import java.io.IOException;

/**
 * The threads that make the calls which take privileges: to unmount, and to use the files of
 * fusectl. A process that gives its privileges up keeps some that may.
 */
public interface CallThreads {
  /** Threads like any other, for a process whose threads all have the same privileges. */
  CallThreads ORDINARY =
      new CallThreads() {
        @Override
        public void start(String name, Runnable call) {
          Thread.ofPlatform().daemon().name(name).start(call);
        }

        @Override
        public <T> T call(Call<T> call) throws IOException {
          return call.call();
        }
      };

  /** Makes a call that may hang, on a daemon thread of its own. */
  void start(String name, Runnable call);

  /** Makes a call that is short, and waits for it. */
  <T> T call(Call<T> call) throws IOException;

  /** A call that is waited for. */
  @FunctionalInterface
  interface Call<T> {
    T call() throws IOException;
  }
}
