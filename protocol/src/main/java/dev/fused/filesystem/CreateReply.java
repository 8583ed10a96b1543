package dev.fused.filesystem;

import dev.fused.protocol.reply.Attributes;

/** The reply of CREATE and TMPFILE: an entry and an open handle on it. */
public interface CreateReply extends Reply {
  /** Completes with both; see {@link EntryReply#entry} and {@link OpenReply#opened}. */
  void created(
      long nodeid,
      long generation,
      Attributes attributes,
      CachePolicy cache,
      long fh,
      OpenFlags flags);

  /** The same with the inode number as nodeid and generation 0. */
  default void created(Attributes attributes, CachePolicy cache, long fh, OpenFlags flags) {
    created(attributes.ino(), 0, attributes, cache, fh, flags);
  }
}
