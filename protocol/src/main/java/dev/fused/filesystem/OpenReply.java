package dev.fused.filesystem;

/** The reply of OPEN and OPENDIR. */
public interface OpenReply extends Reply {
  /**
   * Completes with an open handle. The kernel gives {@code fh} back with each request on it, and
   * with RELEASE once, after the last descriptor was closed. If the kernel no longer wants the
   * reply, the library calls release by itself.
   *
   * @param fh any number
   */
  void opened(long fh, OpenFlags flags);
}
