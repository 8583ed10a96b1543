package dev.fused.filesystem.lock;

import dev.fused.filesystem.StatusReply;
import dev.fused.protocol.request.LockIn;
import java.util.List;

/** A SETLK or SETLKW, which may have to wait. Two are never equal. */
final class LockRequest {
  private final InodeLocks inode;
  private final boolean isFlock;
  private final int thread;
  private final RangeLock wanted;
  private final StatusReply reply;

  LockRequest(LockIn request, RangeLock wanted, InodeLocks inode, StatusReply reply) {
    this.inode = inode;
    this.isFlock = request.isFlock();
    this.thread = request.pid();
    this.wanted = wanted;
    this.reply = reply;
  }

  InodeLocks inode() {
    return inode;
  }

  LockSpace space() {
    return inode.space(isFlock);
  }

  boolean isFlock() {
    return isFlock;
  }

  /** The thread that asks; 0 if unknown. */
  int thread() {
    return thread;
  }

  RangeLock wanted() {
    return wanted;
  }

  StatusReply reply() {
    return reply;
  }

  /** True if no lock is in the way. */
  boolean isFree() {
    return space().firstConflict(wanted) == null;
  }

  /** All locks in the way. */
  List<RangeLock> blockers() {
    return space().conflicts(wanted);
  }
}
