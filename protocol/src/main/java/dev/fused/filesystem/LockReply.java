package dev.fused.filesystem;

import dev.fused.protocol.FileLock;

/** The reply of GETLK. */
public interface LockReply extends Reply {
  /** Completes with the first lock in the way, or one of type F_UNLCK if there is none. */
  void lock(FileLock lock);
}
