package dev.fused.filesystem;

import dev.fused.protocol.reply.Statx;

/** The reply of STATX. */
public interface StatxReply extends Reply {
  /** Completes with the fields that {@link Statx#mask()} names as valid. */
  void statx(Statx statx, CachePolicy cache);
}
