package dev.fused.filesystem;

import dev.fused.protocol.reply.StatfsOut;

/** The reply of STATFS. */
public interface StatfsReply extends Reply {
  /** Completes with the figures of the file system. */
  void statfs(StatfsOut statfs);
}
