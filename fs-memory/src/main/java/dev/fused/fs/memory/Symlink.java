package dev.fused.fs.memory;

import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import java.time.Instant;

/** A symbolic link; its target never changes. */
final class Symlink extends Inode {
  /** Shorter targets are part of the inode; longer ones are counted as metadata. */
  private static final int SHORT_TARGET = 128;

  final FileName target;

  Symlink(long nodeid, FileName target, Owner owner, Instant now) {
    super(nodeid, Attributes.S_IFLNK | 0777, owner, now);
    this.target = target;
  }

  @Override
  long size() {
    return target.length();
  }

  /** How many bytes of metadata a target takes. */
  static int metadata(FileName target) {
    return target.length() < SHORT_TARGET ? 0 : target.length();
  }
}
