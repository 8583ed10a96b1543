package dev.fused.fs.memory;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.Statx;
import dev.fused.protocol.request.Setattr;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The attributes of inodes: what stat(2) shows, and how it is changed. Any thread. */
final class InodeAttributes {
  /** The capabilities of a program, which a change of its bytes or owner ends. */
  private static final FileName CAPABILITY = FileName.of("security.capability");

  /** The bits of {@link Setattr#valid} that change something by themselves. */
  private static final int CHANGES =
      Setattr.MODE
          | Setattr.UID
          | Setattr.GID
          | Setattr.SIZE
          | Setattr.ATIME
          | Setattr.MTIME
          | Setattr.CTIME
          | Setattr.KILL_SUIDGID;

  private static final int NANOS = 1_000_000_000;

  private final InodeStore store;
  private final InodeXattrs xattrs;

  private final boolean withoutOpen;

  /**
   * @param withoutOpen true if open(2) with O_TRUNC comes as a truncation by name
   */
  InodeAttributes(InodeStore store, InodeXattrs xattrs, boolean withoutOpen) {
    this.withoutOpen = withoutOpen;
    this.store = store;
    this.xattrs = xattrs;
  }

  /** stat(2). */
  Result<Attributes> getattr(long nodeid) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return Result.failed(Errno.ESTALE);
    }
    synchronized (inode) {
      return Result.ok(inode.attributes());
    }
  }

  /** statx(2): with the birth time. */
  Result<Statx> statx(long nodeid) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return Result.failed(Errno.ESTALE);
    }
    synchronized (inode) {
      return Result.ok(Statx.of(inode.attributes()).withBirth(inode.birth()));
    }
  }

  /** chmod(2), chown(2), truncate(2), utimensat(2). */
  Result<Attributes> setattr(long nodeid, Setattr change) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return Result.failed(Errno.ESTALE);
    }
    synchronized (inode) {
      Errno refused = refusal(inode, change);
      if (refused != null) {
        return Result.failed(refused);
      }
      inode.refresh();
      apply(inode, change, store.now());
      return Result.ok(inode.attributes());
    }
  }

  /** The bytes or the owner of an inode change: takes away what must not outlive that. */
  void dropPrivileges(Inode inode, boolean killSuidgid) {
    if (inode instanceof Directory) {
      return;
    }
    xattrs.remove(inode, CAPABILITY);
    if (killSuidgid) {
      inode.clearSuidgid();
    }
  }

  private static @Nullable Errno refusal(Inode inode, Setattr change) {
    if (inode.isFreed()) {
      return Errno.ESTALE;
    }
    if (change.sets(Setattr.SIZE)) {
      if (inode instanceof Directory) {
        return Errno.EISDIR;
      }
      if (!(inode instanceof RegularFile) || change.size() < 0) {
        return Errno.EINVAL;
      }
    }
    boolean isTime =
        isNanos(change.atimensec()) && isNanos(change.mtimensec()) && isNanos(change.ctimensec());
    return isTime ? null : Errno.EINVAL;
  }

  private static boolean isNanos(int nanos) {
    return nanos >= 0 && nanos < NANOS;
  }

  private void apply(Inode inode, Setattr change, Instant now) {
    // Nothing at all is what the kernel sends for chown(path, -1, -1), and to take set-uid and
    // set-gid away before fallocate(2) or copy_file_range(2).
    boolean isEmpty = (change.valid() & CHANGES) == 0;
    boolean changesOwner = change.sets(Setattr.UID) || change.sets(Setattr.GID);
    if (isEmpty || changesOwner || change.sets(Setattr.SIZE) || change.sets(Setattr.KILL_SUIDGID)) {
      dropPrivileges(inode, isEmpty || change.sets(Setattr.KILL_SUIDGID));
    }
    if (change.sets(Setattr.SIZE) && inode instanceof RegularFile file) {
      // As on tmpfs, truncate(2) that finds nothing to do is no change; ftruncate(2) and open(2)
      // with O_TRUNC always are.
      boolean isChange =
          withoutOpen
              || change.sets(Setattr.FH)
              || file.size() != change.size()
              || file.pageCount() > 0;
      store.data(file).resize(file, change.size());
      if (isChange) {
        file.modified(now);
      }
    }
    if (change.sets(Setattr.MODE)) {
      inode.setPermissions(change.mode());
      xattrs.followMode(inode);
    }
    if (change.sets(Setattr.UID)) {
      inode.setUid(change.newUid());
    }
    if (change.sets(Setattr.GID)) {
      inode.setGid(change.newGid());
    }
    boolean isTruncation = (change.valid() & CHANGES & ~Setattr.KILL_SUIDGID) == Setattr.SIZE;
    if (!isTruncation) {
      inode.changed(now);
    }
    applyTimes(inode, change, now);
  }

  private static void applyTimes(Inode inode, Setattr change, Instant now) {
    if (change.sets(Setattr.ATIME_NOW)) {
      inode.setAtime(now.getEpochSecond(), now.getNano());
    } else if (change.sets(Setattr.ATIME)) {
      inode.setAtime(change.atime(), change.atimensec());
    }
    if (change.sets(Setattr.MTIME_NOW)) {
      inode.setMtime(now.getEpochSecond(), now.getNano());
    } else if (change.sets(Setattr.MTIME)) {
      inode.setMtime(change.mtime(), change.mtimensec());
    }
    if (change.sets(Setattr.CTIME)) {
      inode.setCtime(change.ctime(), change.ctimensec());
    }
  }
}
