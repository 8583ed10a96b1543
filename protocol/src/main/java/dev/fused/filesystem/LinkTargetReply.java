package dev.fused.filesystem;

import dev.fused.protocol.FileName;

/** The reply of READLINK. */
public interface LinkTargetReply extends Reply {
  /** Completes with the target, 1 to 4095 bytes. */
  void target(FileName target);
}
