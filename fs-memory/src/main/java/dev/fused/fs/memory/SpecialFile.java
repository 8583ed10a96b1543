package dev.fused.fs.memory;

import java.time.Instant;

/** A device, a pipe or a socket: the kernel does the rest. */
final class SpecialFile extends Inode {
  private final int rdev;

  /**
   * @param mode type and permissions
   * @param rdev the device's number in the form of {@link
   *     dev.fused.protocol.reply.Attributes#deviceNumber}, 0 if it is none
   */
  SpecialFile(long nodeid, int mode, int rdev, Owner owner, Instant now) {
    super(nodeid, mode, owner, now);
    this.rdev = rdev;
  }

  @Override
  long size() {
    return 0;
  }

  @Override
  int rdev() {
    return rdev;
  }
}
