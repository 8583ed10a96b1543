package dev.fused.conformance;

import java.io.IOException;
import java.time.Duration;

/** A server that the suite can start as often as it likes. */
public interface ServerUnderTest {
  /** What is checked, for the report. */
  String describe();

  /**
   * Starts it on one end of a socket pair (AF_UNIX, SOCK_SEQPACKET) in the place of /dev/fuse.
   *
   * @param fd taken over: it is closed here once it is not needed any more, also after an exception
   * @throws IOException if it cannot be started; the message is a sentence for the user
   */
  Running start(int fd) throws IOException;

  /** A server that has the other end of the socket. */
  interface Running extends AutoCloseable {
    /** Waits until it has ended, which it does when the socket is closed; false if it does not. */
    boolean awaitEnd(Duration bound) throws InterruptedException;

    /** How it ended or that it runs, and the last it said; for messages. */
    String status();

    /** Ends it, by force if need be. */
    @Override
    void close();
  }
}
