package dev.fused.filesystem.lock;

import dev.fused.filesystem.LockReply;
import dev.fused.filesystem.StatusReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.LockIn;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.ReleaseIn;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All locks on the files of one file system. The file system passes GETLK, SETLK, SETLKW, FLUSH and
 * RELEASE on to it and says which inodes it frees; it keeps nothing for a file without locks.
 *
 * <p>A file system that uses it
 *
 * <ul>
 *   <li>names {@code POSIX_LOCKS} and, for flock(2), {@code FLOCK_LOCKS} among its capabilities;
 *   <li>opens no file with {@code NOFLUSH} and never answers FLUSH with ENOSYS: a process's locks
 *       on a file end when it closes any descriptor of it, and FLUSH is what tells;
 *   <li>gives each open file a handle of its own, not 0. The kernel does not say when the last
 *       descriptor is gone through which an open file description holds locks of fcntl(2), other
 *       than by RELEASE of the handle. What is locked through handle 0 is never released by it.
 * </ul>
 *
 * <p>The rules are those of Linux. Only a lock that is held is in the way of a request, never a
 * request that waits: a reader gets its lock beside other readers although a writer waits, because
 * a process may depend on that in ways that cannot be seen from here (a child that takes the lock
 * that its parent holds). When a lock is given back, those who wait are served in the order in
 * which they came, before anybody who comes later.
 *
 * <p>Any thread may call anything. One lock guards it all: requests are rare and short, and circles
 * of waiting may go through all files. Replies are completed outside of it.
 */
public final class LockTable {
  /** Some 30 MB of heap. */
  public static final int DEFAULT_MAX_LOCKS = 1 << 18;

  private static final long NO_HANDLE = 0;

  /** Changed under {@link #guard}, read also without it. Has no entry without locks or waits. */
  private final Map<Long, InodeLocks> inodes = new ConcurrentHashMap<>();

  private final Object guard = new Object();
  private final LockArbiter arbiter;

  public LockTable() {
    this(DEFAULT_MAX_LOCKS, thread -> false);
  }

  /**
   * @param maxLocks most locks held at once; more are refused with ENOLCK
   * @param waitsForDescription tells of a thread that waits in fcntl(2), given its id as in the
   *     request, whether with F_OFD_SETLKW; false if it cannot be told. A request does not say, and
   *     only locks of processes make deadlocks. Asked only of those who make a circle; it must be
   *     quick, and not call the table.
   */
  public LockTable(int maxLocks, IntPredicate waitsForDescription) {
    arbiter = new LockArbiter(maxLocks, new WaitGraph(waitsForDescription));
  }

  /** Number of locks that are held now. */
  public int held() {
    synchronized (guard) {
      return arbiter.held();
    }
  }

  /** True if no lock is held and nobody waits for one. */
  public boolean isEmpty() {
    return inodes.isEmpty();
  }

  /**
   * F_GETLK of fcntl(2): answers with a lock that is in the way, the one that starts first, or that
   * there is none; for F_UNLCK, which F_OFD_GETLK may ask for, with the first that the owner itself
   * holds in the range. EINVAL if the range or type is none.
   */
  public void getlk(Getlk request, LockReply reply) {
    RangeLock wanted = RangeLock.wantedBy(request);
    if (!wanted.isValid()) {
      reply.error(Errno.EINVAL);
      return;
    }
    RangeLock found = find(request, wanted);
    FileLock none = new FileLock(wanted.start(), wanted.end(), FileLock.UNLOCK, 0);
    reply.lock(found == null ? none : found.toFileLock());
  }

  private @Nullable RangeLock find(Getlk request, RangeLock wanted) {
    if (!inodes.containsKey(request.nodeid())) {
      return null;
    }
    synchronized (guard) {
      InodeLocks inode = inodes.get(request.nodeid());
      if (inode == null) {
        return null;
      }
      LockSpace space = inode.space(request.isFlock());
      return wanted.isUnlock() ? space.firstOwn(wanted) : space.firstConflict(wanted);
    }
  }

  /**
   * F_SETLK of fcntl(2), flock(2) with LOCK_NB, and every unlocking: answers at once. EAGAIN if the
   * lock cannot be had; ENOLCK if there are too many; EINVAL if the range or type is none.
   *
   * <p>A lock of fcntl(2) that cannot be had leaves what the owner holds as it is. One of flock(2)
   * does not: the owner's old lock is dropped first, as flock(2) says.
   */
  public void setlk(Setlk request, StatusReply reply) {
    set(request, reply, false);
  }

  /**
   * F_SETLKW of fcntl(2), flock(2): answers when the lock can be had. EINTR if interrupted before;
   * EDEADLK, at once, if the wait would make a circle of processes; else as {@link #setlk}.
   */
  public void setlkw(Setlkw request, StatusReply reply) {
    set(request, reply, true);
  }

  private void set(LockIn request, StatusReply reply, boolean mayWait) {
    RangeLock wanted = RangeLock.wantedBy(request);
    if (!wanted.isValid()) {
      reply.error(Errno.EINVAL);
      return;
    }
    Answers answers = new Answers();
    LockRequest waiter;
    synchronized (guard) {
      InodeLocks inode = inodes.computeIfAbsent(request.nodeid(), InodeLocks::new);
      waiter = arbiter.set(new LockRequest(request, wanted, inode, reply), mayWait, answers);
      discardIfEmpty(inode);
    }
    answers.send();
    if (waiter != null) {
      reply.onInterrupt(() -> interrupt(waiter));
    }
  }

  private void interrupt(LockRequest request) {
    synchronized (guard) {
      if (!arbiter.withdraw(request)) {
        return;
      }
      discardIfEmpty(request.inode());
    }
    request.reply().error(Errno.EINTR);
  }

  /**
   * FLUSH: a process closes a descriptor of the file, and loses all its locks of fcntl(2) on it.
   */
  public void flush(Flush request) {
    Predicate<RangeLock> ofOwner = lock -> lock.owner() == request.lockOwner();
    change(request.nodeid(), (inode, answers) -> arbiter.drop(inode.records(), ofOwner, answers));
  }

  /**
   * RELEASE: an open file is gone, and with it its lock of flock(2) and what was locked through its
   * handle and not released by FLUSH: the locks of an open file description, and of a process that
   * closed the file while it locked it.
   *
   * <p>Nobody waits for a RELEASE, and the kernel makes the owner of an address: by now it may be
   * that of another open file, which only the handle tells from the old one.
   */
  public void release(Release request) {
    boolean unlock = (request.releaseFlags() & ReleaseIn.FLOCK_UNLOCK) != 0;
    Predicate<RangeLock> viaHandle = lock -> lock.fh() == request.fh();
    Predicate<RangeLock> ofOwner = lock -> unlock && lock.owner() == request.lockOwner();
    change(
        request.nodeid(),
        (inode, answers) -> {
          if (request.fh() == NO_HANDLE) {
            arbiter.drop(inode.flocks(), ofOwner, answers);
          } else {
            arbiter.drop(inode.records(), viaHandle, answers);
            arbiter.drop(inode.flocks(), viaHandle, answers);
          }
        });
  }

  /**
   * Forgets an inode that the file system frees. No kernel waits for a lock on one; another peer
   * that does gets ESTALE.
   */
  public void forget(long nodeid) {
    change(
        nodeid,
        (inode, answers) -> {
          arbiter.clear(inode.records(), Errno.ESTALE, answers);
          arbiter.clear(inode.flocks(), Errno.ESTALE, answers);
        });
  }

  /** Changes the locks of an inode, if it has any. */
  private void change(long nodeid, BiConsumer<InodeLocks, Answers> change) {
    // What its caller has locked before is seen without the guard: it has been answered.
    if (!inodes.containsKey(nodeid)) {
      return;
    }
    Answers answers = new Answers();
    synchronized (guard) {
      InodeLocks inode = inodes.get(nodeid);
      if (inode != null) {
        change.accept(inode, answers);
        discardIfEmpty(inode);
      }
    }
    answers.send();
  }

  private void discardIfEmpty(InodeLocks inode) {
    if (inode.isEmpty()) {
      inodes.remove(inode.nodeid());
    }
  }
}
