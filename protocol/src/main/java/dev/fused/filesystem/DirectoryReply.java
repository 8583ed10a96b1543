package dev.fused.filesystem;

import dev.fused.protocol.FileName;

/** The reply of READDIR: entries are added while they fit, then {@link #end} sends them. */
public interface DirectoryReply extends Reply {
  /**
   * Adds one entry.
   *
   * @param ino the inode number shown to users
   * @param mode file type bits (S_IF*), as in {@link dev.fused.protocol.reply.Attributes#mode()};
   *     other bits are ignored
   * @param nextOffset position after this entry, not 0: comes back as {@code offset} of the READDIR
   *     that goes on from here, even if the entry is gone by then
   * @return false if the entry did not fit; it was not added, and the answer should be ended
   */
  boolean add(FileName name, long ino, int mode, long nextOffset);

  /** Completes with the entries added; none means the end of the directory. */
  void end();
}
