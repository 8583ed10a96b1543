package dev.fused.filesystem;

import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import io.netty.buffer.ByteBuf;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;

/**
 * Tells the kernel what changed without it, so that its caches can be long-lived and right all the
 * same. A file system gets it in {@link FuseFileSystem#init}.
 *
 * <p>Every method returns at once; the notifications are written one after the other by a thread of
 * their own, since the kernel takes locks of the inode or directory while it reads one. So <b>never
 * wait for a result in a method of the file system</b>: the kernel may hold the lock until that
 * method has answered. A notification that is still waiting is not sent twice: where one more would
 * tell the kernel nothing else, both calls share it.
 *
 * <p>Results are futures. "The kernel did not have it" is no failure: it is the answer false. A
 * future fails with
 *
 * <ul>
 *   <li>{@link UnsupportedOperationException} if the kernel of this mount does not know the
 *       notification, or not this form of it; nothing was sent;
 *   <li>{@link NotificationException} if the kernel refused it, or the mount has ended.
 * </ul>
 *
 * <p>What is attached to a future runs on the thread that writes notifications, or on an event
 * loop, and must not block. All methods may be called from any thread.
 */
public interface Notifier {
  /**
   * POLL: wakes who waits in poll(2), select(2) or epoll_wait(2); they then ask again with POLL.
   *
   * @param kh the handle of a {@link dev.fused.protocol.request.Poll} with {@code SCHEDULE_NOTIFY};
   *     stays good for further wake-ups until the file is released
   */
  CompletableFuture<Void> pollWakeup(long kh);

  /**
   * INVAL_INODE for a range of bytes: the kernel drops its pages of the range (written ones are
   * written out first, which is WRITE requests) and its attributes. Ranges that wait for one inode
   * are joined to one that covers them all, and what lies between.
   *
   * @param offset first byte, 0 or more
   * @param length bytes; 0 for all up to the end
   * @return false if the kernel does not know the inode
   */
  CompletableFuture<Boolean> invalidateData(long nodeid, long offset, long length);

  /** INVAL_INODE for all data and the attributes. */
  default CompletableFuture<Boolean> invalidateData(long nodeid) {
    return invalidateData(nodeid, 0, 0);
  }

  /**
   * INVAL_INODE for the attributes and access control lists alone.
   *
   * @return false if the kernel does not know the inode
   */
  CompletableFuture<Boolean> invalidateAttributes(long nodeid);

  /**
   * INVAL_ENTRY: what the kernel knows of a name, present or missing, is void. Mounts below it are
   * taken away.
   *
   * @return false if the kernel does not know the directory, or nothing of the name
   */
  CompletableFuture<Boolean> invalidateEntry(long parent, FileName name);

  /**
   * INVAL_ENTRY with EXPIRE_ONLY: the name is looked up again before its next use, and stays
   * otherwise. Needs {@link InitFlag#HAS_EXPIRE_ONLY}.
   *
   * @return false if the kernel does not know the directory, or nothing of the name
   */
  CompletableFuture<Boolean> expireEntry(long parent, FileName name);

  /**
   * STORE: puts data into the page cache, from where it is read without a READ. If the data goes
   * beyond the end of the file, the file has grown as far as the kernel knows, until it asks for
   * the attributes again. Only whole pages stay, and the last of the file.
   *
   * @param offset in the file, 0 or more
   * @param data owned by the notifier from now on, and released whatever happens
   * @return false if the kernel does not know the inode
   */
  CompletableFuture<Boolean> store(long nodeid, long offset, ByteBuf data);

  /**
   * RETRIEVE: gets data out of the page cache, up to the first page that is not there. Needs 7.15.
   *
   * @param offset in the file, 0 or more
   * @param size most bytes, 0 or more; at most {@link Connection#maxWrite} come
   * @return the cached bytes, none if the kernel does not know the inode
   */
  CompletableFuture<byte[]> retrieve(long nodeid, long offset, int size);

  /**
   * DELETE: a name was removed, by somebody else than this kernel. As {@link #invalidateEntry}, and
   * inotify(7) tells those who watch. Fails with ENOTEMPTY for a directory that has cached entries,
   * with EBUSY for a mount point.
   *
   * @param child the nodeid that the name had
   * @return false if the kernel does not know the name, or knows another inode of it
   */
  CompletableFuture<Boolean> delete(long parent, long child, FileName name);

  /**
   * RESEND: asks for all requests that were read and not answered once more. Those that this server
   * still works on stay with the file system, and their answer goes to the request that came again.
   * All others are new to the file system and call it again; {@link
   * dev.fused.protocol.request.RequestHeader#isResent} tells. An answer that is given at the moment
   * of the resending is lost, and its request is among the others. Requests that came through
   * io_uring do not come again: the kernel looks for none there (Linux 6.18). Needs {@link
   * InitFlag#HAS_RESEND}.
   */
  CompletableFuture<Void> resend();

  /** INC_EPOCH: all names that the kernel knows are looked up again before their next use; 7.44. */
  CompletableFuture<Void> incrementEpoch();

  /**
   * PRUNE: asks the kernel to let go of inodes that nobody uses, whereupon FORGETs follow; others
   * stay. 7.45.
   *
   * @param nodeids unknown ones are ignored
   */
  CompletableFuture<Void> prune(Collection<Long> nodeids);
}
