package dev.fused.filesystem;

import dev.fused.protocol.reply.Attributes;

/** The reply of an operation that finds or makes a directory entry. */
public interface EntryReply extends Reply {
  /**
   * Completes with the inode behind the name. Adds one to the lookup count of {@code nodeid}, which
   * the kernel gives back with FORGET. If the kernel no longer wants the reply, the library calls
   * {@link FuseFileSystem#forget} by itself.
   *
   * @param nodeid the number by which the kernel will ask for the inode, not 0; with {@code
   *     generation} never used for anything else in the life of the file system
   * @param generation 0 unless nodeids are used again
   * @param cache how long the kernel may answer from its own memory
   */
  void entry(long nodeid, long generation, Attributes attributes, CachePolicy cache);

  /** The same with the inode number as nodeid and generation 0. */
  default void entry(Attributes attributes, CachePolicy cache) {
    entry(attributes.ino(), 0, attributes, cache);
  }

  /**
   * Completes a LOOKUP with "no such entry", which the kernel remembers as long as {@code cache}
   * says; {@code error(ENOENT)} is not remembered.
   */
  void noEntry(CachePolicy cache);
}
