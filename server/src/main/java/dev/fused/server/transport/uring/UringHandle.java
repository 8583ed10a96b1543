package dev.fused.server.transport.uring;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;

/**
 * What can be served by a {@link UringIoHandler}: one thing a loop. The {@link
 * IoRegistration#attachment} of its registration is that handler.
 */
interface UringHandle extends IoHandle {
  /** All completions are handled, and the loop waits for the next. */
  void rest();

  /** Ends what is served; throws nothing. */
  @Override
  void close();

  /** One completion; the object is used again for the next one. */
  final class Completion implements IoEvent {
    private long userData;
    private int result;

    void set(long userData, int result) {
      this.userData = userData;
      this.result = result;
    }

    /** What the submission said, greater than 0. */
    long userData() {
      return userData;
    }

    /** ≥ 0, or −errno. */
    int result() {
      return result;
    }
  }
}
