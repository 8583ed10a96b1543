package dev.fused.filesystem;

/** The reply of POLL. */
public interface PollReply extends Reply {
  /** Completes with the events that are ready (POLLIN, POLLOUT, …), 0 if none. */
  void ready(int events);
}
