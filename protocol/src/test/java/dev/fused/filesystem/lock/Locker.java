package dev.fused.filesystem.lock;

import static dev.fused.protocol.FileLock.TO_END_OF_FILE;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.LockIn;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.ReleaseIn;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;

/**
 * Somebody with a file open, who sends what the kernel would send for it.
 *
 * @param owner of the locks
 * @param pid of who asks
 */
record Locker(LockTable table, long nodeid, long owner, int pid, long fh, int lkFlags) {
  static final int READ = FileLock.READ;
  static final int WRITE = FileLock.WRITE;
  static final int UNLOCK = FileLock.UNLOCK;
  static final long END = TO_END_OF_FILE;

  /** A process that uses the locks of fcntl(2). */
  static Locker process(LockTable table, long nodeid, int pid) {
    return new Locker(table, nodeid, 1000L + pid, pid, 0, 0);
  }

  /** An open file description, used by a process. */
  static Locker description(LockTable table, long nodeid, long fh, int pid) {
    return new Locker(table, nodeid, 1_000_000 + fh, pid, fh, 0);
  }

  /** An open file description that uses flock(2). */
  static Locker flocker(LockTable table, long nodeid, int pid) {
    return new Locker(table, nodeid, 2_000_000 + pid, pid, 0, LockIn.FLOCK);
  }

  Locker on(long otherNodeid) {
    return new Locker(table, otherNodeid, owner, pid, fh, lkFlags);
  }

  /** The same with flock(2). */
  Locker flock() {
    return new Locker(table, nodeid, owner, pid, fh, LockIn.FLOCK);
  }

  Locker as(int otherPid) {
    return new Locker(table, nodeid, owner, otherPid, fh, lkFlags);
  }

  /** F_SETLK. */
  Object set(int type, long start, long end) {
    RecordedReply reply = new RecordedReply();
    table.setlk(new Setlk(header(Opcode.SETLK), fh, owner, lk(type, start, end), lkFlags), reply);
    return reply.outcome();
  }

  /** F_SETLKW. */
  RecordedReply await(int type, long start, long end) {
    return await(new RecordedReply(), type, start, end);
  }

  RecordedReply await(RecordedReply reply, int type, long start, long end) {
    table.setlkw(
        new Setlkw(header(Opcode.SETLKW), fh, owner, lk(type, start, end), lkFlags), reply);
    return reply;
  }

  /** F_UNLCK. */
  Object unlock(long start, long end) {
    return set(UNLOCK, start, end);
  }

  /** F_GETLK. */
  Object get(int type, long start, long end) {
    RecordedReply reply = new RecordedReply();
    table.getlk(new Getlk(header(Opcode.GETLK), fh, owner, lk(type, start, end), lkFlags), reply);
    return reply.outcome();
  }

  /** A descriptor is closed. */
  void flush() {
    table.flush(new Flush(header(Opcode.FLUSH), fh, owner));
  }

  /** The open file is gone, and flock(2) was used on it. */
  void releaseFlock() {
    table.release(new Release(header(Opcode.RELEASE), fh, 0, ReleaseIn.FLOCK_UNLOCK, owner));
  }

  /** The open file is gone, and flock(2) was not used on it: the kernel names no owner then. */
  void release() {
    table.release(new Release(header(Opcode.RELEASE), fh, 0, 0, 0));
  }

  /** What GETLK answers if this holds the lock. */
  FileLock held(int type, long start, long end) {
    return new FileLock(start, end, type, pid);
  }

  private FileLock lk(int type, long start, long end) {
    return new FileLock(start, end, type, type == UNLOCK ? 0 : pid);
  }

  private RequestHeader header(Opcode opcode) {
    return RequestHeader.of(opcode, 2, nodeid, 0, 0, pid);
  }
}
