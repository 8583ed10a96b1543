package dev.fused.filesystem;

/** The reply of LSEEK. */
public interface LseekReply extends Reply {
  /** Completes with the new position. */
  void offset(long offset);
}
