package dev.fused.fs.memory;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.Statx;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setxattr;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What inodes have besides names and bytes: attributes, access rights, extended attributes. Any
 * thread.
 */
final class InodeAttributes {
  /** The capabilities of a program, which a change of its bytes or owner ends. */
  private static final FileName CAPABILITY = FileName.of("security.capability");

  private static final String TRUSTED = "trusted.";
  private static final List<String> NAMESPACES = List.of("user.", TRUSTED, "security.");

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
  private static final int ROOT = 0;
  private static final int EXECUTE = 1;
  private static final int ANY_EXECUTE = 0111;

  private final InodeStore store;

  InodeAttributes(InodeStore store) {
    this.store = store;
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
      apply(inode, change, store.now());
      return Result.ok(inode.attributes());
    }
  }

  /**
   * access(2), by the mode alone: which groups a caller is in besides {@code caller.gid()} is not
   * known. Null if access is granted.
   *
   * @param mask the rights asked for: read 4, write 2, execute 1
   */
  @Nullable Errno access(long nodeid, int mask, Owner caller) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return Errno.ESTALE;
    }
    synchronized (inode) {
      int mode = inode.mode();
      int granted;
      if (caller.uid() == ROOT) {
        boolean executable = inode instanceof Directory || (mode & ANY_EXECUTE) != 0;
        granted = executable ? 7 : 7 & ~EXECUTE;
      } else if (caller.uid() == inode.uid()) {
        granted = mode >>> 6;
      } else if (caller.gid() == inode.gid()) {
        granted = mode >>> 3;
      } else {
        granted = mode;
      }
      return (mask & ~granted & 7) == 0 ? null : Errno.EACCES;
    }
  }

  /** setxattr(2): null if it was done. */
  @Nullable Errno setxattr(long nodeid, FileName name, byte[] value, int flags) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return Errno.ESTALE;
    }
    Errno refused = refusal(name, value);
    if (refused != null) {
      return refused;
    }
    synchronized (inode) {
      if (inode.isFreed()) {
        return Errno.ESTALE;
      }
      ExtendedAttributes xattrs = inode.xattrs();
      byte[] old = xattrs == null ? null : xattrs.get(name);
      if (old != null && (flags & Setxattr.CREATE) != 0) {
        return Errno.EEXIST;
      }
      if (old == null && (flags & Setxattr.REPLACE) != 0) {
        return Errno.ENODATA;
      }
      if (xattrs != null && !xattrs.hasRoomFor(name)) {
        return Errno.ENOSPC;
      }
      if (!store.limits.metadata.tryReserve(ExtendedAttributes.metadata(name, value))) {
        return Errno.ENOSPC;
      }
      if (old != null) {
        store.limits.metadata.release(ExtendedAttributes.metadata(name, old));
      }
      if (xattrs == null) {
        xattrs = new ExtendedAttributes();
        inode.setXattrs(xattrs);
      }
      xattrs.put(name, value);
      inode.changed(store.now());
      return null;
    }
  }

  /** getxattr(2). The value must not be changed. */
  Result<byte[]> getxattr(long nodeid, FileName name) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return Result.failed(Errno.ESTALE);
    }
    Errno refused = refusal(name);
    if (refused != null) {
      return Result.failed(refused);
    }
    synchronized (inode) {
      ExtendedAttributes xattrs = inode.xattrs();
      byte[] value = xattrs == null ? null : xattrs.get(name);
      return value == null ? Result.failed(Errno.ENODATA) : Result.ok(value);
    }
  }

  /** listxattr(2), in the order of bytes. Only root sees the names that begin with "trusted.". */
  Result<Collection<FileName>> listxattr(long nodeid, Owner caller) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return Result.failed(Errno.ESTALE);
    }
    synchronized (inode) {
      ExtendedAttributes xattrs = inode.xattrs();
      Collection<FileName> names = xattrs == null ? new ArrayList<>() : xattrs.names();
      if (caller.uid() != ROOT) {
        names.removeIf(name -> name.startsWith(TRUSTED));
      }
      return Result.ok(names);
    }
  }

  /** removexattr(2): null if it was done. */
  @Nullable Errno removexattr(long nodeid, FileName name) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return Errno.ESTALE;
    }
    Errno refused = refusal(name);
    if (refused != null) {
      return refused;
    }
    synchronized (inode) {
      if (!remove(inode, name)) {
        return Errno.ENODATA;
      }
      inode.changed(store.now());
      return null;
    }
  }

  /** The bytes or the owner of an inode change: takes away what must not outlive that. */
  void dropPrivileges(Inode inode, boolean killSuidgid) {
    if (inode instanceof Directory) {
      return;
    }
    remove(inode, CAPABILITY);
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
      // As on tmpfs, truncate(2) that finds nothing to do is no change; ftruncate(2) always is.
      boolean isChange =
          change.sets(Setattr.FH) || file.size() != change.size() || file.pageCount() > 0;
      store.data(file).resize(file, change.size());
      if (isChange) {
        file.modified(now);
      }
    }
    if (change.sets(Setattr.MODE)) {
      inode.setPermissions(change.mode());
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

  private boolean remove(Inode inode, FileName name) {
    ExtendedAttributes xattrs = inode.xattrs();
    byte[] value = xattrs == null ? null : xattrs.get(name);
    if (xattrs == null || value == null) {
      return false;
    }
    store.limits.metadata.release(ExtendedAttributes.metadata(name, value));
    xattrs.remove(name);
    if (xattrs.isEmpty()) {
      inode.setXattrs(null);
    }
    return true;
  }

  private static @Nullable Errno refusal(FileName name, byte[] value) {
    if (value.length > ExtendedAttributes.VALUE_MAX) {
      return Errno.E2BIG;
    }
    return refusal(name);
  }

  private static @Nullable Errno refusal(FileName name) {
    if (name.length() > ExtendedAttributes.NAME_MAX) {
      return Errno.ERANGE;
    }
    for (String namespace : NAMESPACES) {
      if (name.startsWith(namespace)) {
        return name.length() == namespace.length() ? Errno.EINVAL : null;
      }
    }
    return Errno.EOPNOTSUPP;
  }
}
