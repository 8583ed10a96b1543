package dev.fused.filesystem;

import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;

/** The reply of READDIRPLUS: as {@link DirectoryReply}, and each entry is a lookup as well. */
public interface DirectoryPlusReply extends DirectoryReply {
  /**
   * Adds one entry with its attributes. If it was added, the lookup count of {@code nodeid} has
   * grown by one, as with {@link EntryReply#entry}; "." and ".." are not counted. The inherited
   * {@code add} lists a name without a lookup: the kernel asks for the rest when it is needed.
   *
   * @param nextOffset as in {@link DirectoryReply#add}
   * @return false if the entry did not fit; it was not added, and the answer should be ended
   */
  boolean add(
      FileName name,
      long nodeid,
      long generation,
      Attributes attributes,
      CachePolicy cache,
      long nextOffset);
}
