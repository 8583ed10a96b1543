package dev.fused.fs.memory;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Setxattr;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The extended attributes of inodes, xattr(7), and the access control lists among them, which are
 * kept in step with modes. Any thread.
 */
final class InodeXattrs {
  private static final String TRUSTED = "trusted.";
  private static final List<String> NAMESPACES = List.of("user.", TRUSTED, "security.");

  private static final int ROOT = 0;
  private static final int PERMISSIONS = 0777;

  private final InodeStore store;

  InodeXattrs(InodeStore store) {
    this.store = store;
  }

  /**
   * setxattr(2): null if it was done.
   *
   * @param killSetgid true if set-gid goes when the access control list is set
   */
  @Nullable Errno setxattr(
      long nodeid, FileName name, byte[] value, int flags, boolean killSetgid) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return Errno.ESTALE;
    }
    if (value.length > ExtendedAttributes.VALUE_MAX) {
      return Errno.E2BIG;
    }
    Errno refused = refusal(name);
    if (refused != null) {
      return refused;
    }
    synchronized (inode) {
      if (inode.isFreed()) {
        return Errno.ESTALE;
      }
      byte[] old = value(inode, name);
      if (old != null && (flags & Setxattr.CREATE) != 0) {
        return Errno.EEXIST;
      }
      if (old == null && (flags & Setxattr.REPLACE) != 0) {
        return Errno.ENODATA;
      }
      Errno errno = isAcl(name) ? setAcl(inode, name, value, killSetgid) : put(inode, name, value);
      if (errno == null) {
        inode.changed(store.now());
      }
      return errno;
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
      byte[] value = value(inode, name);
      return value == null ? Result.failed(Errno.ENODATA) : Result.ok(value);
    }
  }

  /**
   * listxattr(2), in the order of bytes.
   *
   * @param uid who asks: only root sees the names that begin with "trusted."
   */
  Result<Collection<FileName>> listxattr(long nodeid, int uid) {
    Inode inode = store.get(nodeid);
    if (inode == null) {
      return Result.failed(Errno.ESTALE);
    }
    synchronized (inode) {
      ExtendedAttributes xattrs = inode.xattrs();
      Collection<FileName> names = xattrs == null ? new ArrayList<>() : xattrs.names();
      if (uid != ROOT) {
        names.removeIf(name -> name.startsWith(TRUSTED));
      }
      return Result.ok(names);
    }
  }

  /** removexattr(2): null if it was done. What has no access control list can be rid of it. */
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
      if (!remove(inode, name) && !isAcl(name)) {
        return Errno.ENODATA;
      }
      inode.changed(store.now());
      return null;
    }
  }

  /** Removes an attribute of an inode, whose lock the caller holds; false if there is none. */
  boolean remove(Inode inode, FileName name) {
    ExtendedAttributes xattrs = inode.xattrs();
    byte[] value = value(inode, name);
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

  /** chmod(2) of an inode, whose lock the caller holds: the list says the same as the mode. */
  void followMode(Inode inode) {
    byte[] value = value(inode, PosixAcl.ACCESS);
    PosixAcl acl = value == null ? null : PosixAcl.parse(value);
    if (acl != null) {
      // As long as the one before, so there is room.
      put(inode, PosixAcl.ACCESS, acl.withMode(inode.mode()).encode());
    }
  }

  private @Nullable Errno setAcl(Inode inode, FileName name, byte[] value, boolean killSetgid) {
    if (inode instanceof Symlink) {
      return Errno.EOPNOTSUPP;
    }
    PosixAcl acl = PosixAcl.parse(value);
    if (acl == null) {
      return Errno.EINVAL;
    }
    if (name.equals(PosixAcl.DEFAULT)) {
      return inode instanceof Directory ? put(inode, name, value) : Errno.EACCES;
    }
    if (acl.isMinimal()) {
      remove(inode, name);
    } else {
      Errno refused = put(inode, name, value);
      if (refused != null) {
        return refused;
      }
    }
    int replaced = killSetgid ? PERMISSIONS | Attributes.S_ISGID : PERMISSIONS;
    inode.setPermissions((inode.mode() & ~replaced) | acl.mode());
    return null;
  }

  private @Nullable Errno put(Inode inode, FileName name, byte[] value) {
    ExtendedAttributes xattrs = inode.xattrs();
    if (xattrs != null && !xattrs.hasRoomFor(name)) {
      return Errno.ENOSPC;
    }
    byte[] old = value(inode, name);
    long before = old == null ? 0 : ExtendedAttributes.metadata(name, old);
    if (!store.limits.metadata.tryReserve(ExtendedAttributes.metadata(name, value) - before)) {
      return Errno.ENOSPC;
    }
    if (xattrs == null) {
      xattrs = new ExtendedAttributes();
      inode.setXattrs(xattrs);
    }
    xattrs.put(name, value);
    return null;
  }

  private static byte @Nullable [] value(Inode inode, FileName name) {
    ExtendedAttributes xattrs = inode.xattrs();
    return xattrs == null ? null : xattrs.get(name);
  }

  private static boolean isAcl(FileName name) {
    return name.equals(PosixAcl.ACCESS) || name.equals(PosixAcl.DEFAULT);
  }

  private static @Nullable Errno refusal(FileName name) {
    if (name.length() > ExtendedAttributes.NAME_MAX) {
      return Errno.ERANGE;
    }
    if (isAcl(name)) {
      return null;
    }
    for (String namespace : NAMESPACES) {
      if (name.startsWith(namespace)) {
        return name.length() == namespace.length() ? Errno.EINVAL : null;
      }
    }
    return Errno.EOPNOTSUPP;
  }
}
