package dev.fused.filesystem;

/** The reply of an operation that only succeeds or fails. */
public interface StatusReply extends Reply {
  /** Completes with success. */
  void ok();
}
