package dev.fused.filesystem;

import dev.fused.protocol.reply.Attributes;

/** The reply of GETATTR and SETATTR. */
public interface AttrReply extends Reply {
  /** Completes with the attributes, which the kernel may keep as long as {@code cache} says. */
  void attributes(Attributes attributes, CachePolicy cache);
}
