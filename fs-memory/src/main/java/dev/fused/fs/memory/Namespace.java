package dev.fused.fs.memory;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Rename2;
import java.time.Instant;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Names: finds them, and makes, links, renames and removes the inodes behind them. All changes of
 * directories happen here. Any thread.
 *
 * <p>An operation that returns attributes has given the caller one lookup of that inode.
 */
final class Namespace {
  /** Most bytes of a name. */
  static final int NAME_MAX = 255;

  private static final int LINK_MAX = Integer.MAX_VALUE;
  private static final int RENAME_FLAGS = Rename2.NOREPLACE | Rename2.EXCHANGE | Rename2.WHITEOUT;

  private final InodeStore store;

  /** Held while an entry moves between directories, so that no directory can get into itself. */
  private final Object renameLock = new Object();

  /** Makes an inode of some type. */
  private interface Maker {
    Inode make(long nodeid, Inheritance inherited, Instant now);
  }

  Namespace(InodeStore store) {
    this.store = store;
  }

  /** Finds a name; "." of any inode and ".." of a directory too. */
  Result<Attributes> lookup(long parent, FileName name) {
    Inode inode = store.get(parent);
    if (inode == null) {
      return Result.failed(Errno.ESTALE);
    }
    if (name.equals(FileName.DOT)) {
      return grantOf(inode);
    }
    if (!(inode instanceof Directory directory)) {
      return Result.failed(Errno.ENOTDIR);
    }
    if (name.equals(FileName.DOT_DOT)) {
      Directory above;
      synchronized (directory) {
        above = directory.parent();
      }
      return above == null ? Result.failed(Errno.ENOENT) : grantOf(above);
    }
    if (name.length() > NAME_MAX) {
      return Result.failed(Errno.ENAMETOOLONG);
    }
    return withEntry(
        directory,
        () -> directory.find(name),
        entry -> entry == null ? Result.failed(Errno.ENOENT) : grant(entry.inode));
  }

  /** mknod(2): a file, pipe, socket or device. */
  Result<Attributes> mknod(long parent, FileName name, int mode, int rdev, Caller caller) {
    return switch (mode & Attributes.S_IFMT) {
      case 0 -> make(parent, name, Attributes.S_IFREG | mode, caller, false, Namespace::regular);
      case Attributes.S_IFREG -> make(parent, name, mode, caller, false, Namespace::regular);
      case Attributes.S_IFCHR, Attributes.S_IFBLK ->
          make(parent, name, mode, caller, false, (id, as, now) -> special(id, rdev, as, now));
      case Attributes.S_IFIFO, Attributes.S_IFSOCK ->
          make(parent, name, mode, caller, false, (id, as, now) -> special(id, 0, as, now));
      case Attributes.S_IFDIR -> Result.failed(Errno.EPERM);
      default -> Result.failed(Errno.EINVAL);
    };
  }

  /** open(2) with O_CREAT: a regular file, with one open handle. */
  Result<Attributes> create(long parent, FileName name, int mode, Caller caller) {
    int permissions = mode & ~Attributes.S_IFMT;
    int file = Attributes.S_IFREG | permissions;
    return make(parent, name, file, caller, true, Namespace::regular);
  }

  /** mkdir(2). */
  Result<Attributes> mkdir(long parent, FileName name, int mode, Caller caller) {
    int permissions = mode & ~Attributes.S_IFMT;
    int directory = Attributes.S_IFDIR | permissions;
    return make(parent, name, directory, caller, false, Namespace::directory);
  }

  /** symlink(2). */
  Result<Attributes> symlink(long parent, FileName name, FileName target, Caller caller) {
    if (target.length() >= PageArena.PAGE_SIZE) {
      return Result.failed(Errno.ENAMETOOLONG);
    }
    int metadata = Symlink.metadata(target);
    if (!store.limits.metadata.tryReserve(metadata)) {
      return Result.failed(Errno.ENOSPC);
    }
    Result<Attributes> made =
        make(
            parent,
            name,
            Attributes.S_IFLNK,
            caller,
            false,
            (id, as, now) -> new Symlink(id, target, as.owner(), now));
    if (made instanceof Result.Failed) {
      store.limits.metadata.release(metadata);
    }
    return made;
  }

  /**
   * open(2) with O_TMPFILE: a regular file without a name, with one open handle.
   *
   * @param exclusive true if it must never get a name
   */
  Result<Attributes> tmpfile(long parent, int mode, Caller caller, boolean exclusive) {
    Inode above = store.get(parent);
    if (!(above instanceof Directory directory)) {
      return Result.failed(noDirectory(above));
    }
    synchronized (directory) {
      if (directory.isRemoved()) {
        return Result.failed(Errno.ENOENT);
      }
      int file = Attributes.S_IFREG | (mode & ~Attributes.S_IFMT);
      Inheritance inherited = Inheritance.of(directory, file, caller);
      if (!reserve(store, inherited)) {
        return Result.failed(Errno.ENOSPC);
      }
      Inode inode = regular(store.newNodeid(directory), inherited, store.now());
      synchronized (inode) {
        inode.setXattrs(inherited.xattrs());
        inode.setLinkable(!exclusive);
        inode.addOpen();
        store.publish(inode);
        store.settle(inode);
        return grant(inode);
      }
    }
  }

  /** link(2): another name for an inode; its first one, if it was opened with O_TMPFILE. */
  Result<Attributes> link(long nodeid, long parent, FileName name) {
    Inode inode = store.get(nodeid);
    Inode above = store.get(parent);
    if (inode == null) {
      return Result.failed(Errno.ESTALE);
    }
    if (inode instanceof Directory) {
      return Result.failed(Errno.EPERM);
    }
    if (!(above instanceof Directory directory)) {
      return Result.failed(noDirectory(above));
    }
    synchronized (directory) {
      Errno refused = refusal(directory, name);
      if (refused != null) {
        return Result.failed(refused);
      }
      synchronized (inode) {
        if (inode.isFreed()) {
          return Result.failed(Errno.ESTALE);
        }
        if (inode.nlink() == 0 && !inode.isLinkable()) {
          return Result.failed(Errno.ENOENT);
        }
        if (inode.nlink() == LINK_MAX) {
          return Result.failed(Errno.EMLINK);
        }
        // The inode itself is counted already; each further name takes memory too.
        if (inode.nlink() > 0 && !store.limits.tryReserveInode()) {
          return Result.failed(Errno.ENOSPC);
        }
        Instant now = store.now();
        directory.add(name, inode);
        directory.modified(now);
        inode.setLinkable(false);
        inode.changed(now);
        store.settle(inode);
        return grant(inode);
      }
    }
  }

  /** unlink(2): null if it was done. */
  @Nullable Errno unlink(long parent, FileName name) {
    return remove(parent, name, inode -> inode instanceof Directory ? Errno.EISDIR : null);
  }

  /** rmdir(2): null if it was done. */
  @Nullable Errno rmdir(long parent, FileName name) {
    return remove(
        parent,
        name,
        inode -> {
          if (!(inode instanceof Directory directory)) {
            return Errno.ENOTDIR;
          }
          return directory.isEmpty() ? null : Errno.ENOTEMPTY;
        });
  }

  /**
   * renameat2(2): null if it was done.
   *
   * @param flags of {@link Rename2}
   * @param caller owns the whiteout, if there is one
   */
  @Nullable Errno rename(
      long oldParent,
      FileName oldName,
      long newParent,
      FileName newName,
      int flags,
      Caller caller) {
    boolean exchange = (flags & Rename2.EXCHANGE) != 0;
    if ((flags & ~RENAME_FLAGS) != 0 || (exchange && flags != Rename2.EXCHANGE)) {
      return Errno.EINVAL;
    }
    Inode oldAbove = store.get(oldParent);
    Inode newAbove = store.get(newParent);
    if (!(oldAbove instanceof Directory from)) {
      return noDirectory(oldAbove);
    }
    if (!(newAbove instanceof Directory to)) {
      return noDirectory(newAbove);
    }
    if (oldName.length() > NAME_MAX || newName.length() > NAME_MAX) {
      return Errno.ENAMETOOLONG;
    }
    Move move = new Move(store, from, oldName, to, newName, flags, caller);
    if (from == to) {
      return move.run();
    }
    synchronized (renameLock) {
      return move.run();
    }
  }

  /** Runs {@code action} while no directory can get another parent. */
  <T> T withStableTree(Supplier<T> action) {
    synchronized (renameLock) {
      return action.get();
    }
  }

  /**
   * Runs {@code body} on an entry of {@code directory}, with the locks of the directory and of the
   * inode behind the entry; or on null, with that of the directory alone.
   *
   * @param find finds the entry; called under the directory's lock, perhaps several times
   */
  static <T> T withEntry(
      Directory directory, Supplier<@Nullable Entry> find, Function<@Nullable Entry, T> body) {
    while (true) {
      Inode child;
      synchronized (directory) {
        Entry entry = find.get();
        if (entry == null) {
          return body.apply(null);
        }
        child = entry.inode;
        if (LockOrder.allows(directory, child)) {
          synchronized (child) {
            return body.apply(entry);
          }
        }
      }
      synchronized (child) {
        synchronized (directory) {
          Entry entry = find.get();
          if (entry != null && entry.inode == child) {
            return body.apply(entry);
          }
        }
      }
    }
  }

  /** Gives the caller one lookup of an inode, whose lock it holds. */
  static Result<Attributes> grant(Inode inode) {
    inode.addLookup();
    return Result.ok(inode.attributes());
  }

  /** Why a nodeid is not that of a directory. */
  static Errno noDirectory(@Nullable Inode inode) {
    return inode == null ? Errno.ESTALE : Errno.ENOTDIR;
  }

  private static Result<Attributes> grantOf(Inode inode) {
    synchronized (inode) {
      return inode.isFreed() ? Result.failed(Errno.ESTALE) : grant(inode);
    }
  }

  private Result<Attributes> make(
      long parent, FileName name, int mode, Caller caller, boolean open, Maker maker) {
    Inode above = store.get(parent);
    if (!(above instanceof Directory directory)) {
      return Result.failed(noDirectory(above));
    }
    synchronized (directory) {
      Errno refused = refusal(directory, name);
      if (refused != null) {
        return Result.failed(refused);
      }
      Inheritance inherited = Inheritance.of(directory, mode, caller);
      if (!reserve(store, inherited)) {
        return Result.failed(Errno.ENOSPC);
      }
      Instant now = store.now();
      Inode inode = maker.make(store.newNodeid(directory), inherited, now);
      synchronized (inode) {
        inode.setXattrs(inherited.xattrs());
        if (open) {
          inode.addOpen();
        }
        store.publish(inode);
        directory.add(name, inode);
        directory.modified(now);
        return grant(inode);
      }
    }
  }

  /** Why a name cannot be made in a directory, whose lock the caller holds; or null. */
  private static @Nullable Errno refusal(Directory directory, FileName name) {
    if (name.length() > NAME_MAX) {
      return Errno.ENAMETOOLONG;
    }
    if (directory.isRemoved()) {
      return Errno.ENOENT;
    }
    return directory.find(name) == null ? null : Errno.EEXIST;
  }

  /**
   * Removes a name.
   *
   * @param refusal says why this inode's name cannot be removed this way, or null
   */
  private @Nullable Errno remove(
      long parent, FileName name, Function<Inode, @Nullable Errno> refusal) {
    Inode above = store.get(parent);
    if (!(above instanceof Directory directory)) {
      return noDirectory(above);
    }
    return Namespace.<@Nullable Errno>withEntry(
        directory,
        () -> directory.find(name),
        entry -> {
          if (entry == null) {
            return name.length() > NAME_MAX ? Errno.ENAMETOOLONG : Errno.ENOENT;
          }
          Errno refused = refusal.apply(entry.inode);
          if (refused == null) {
            Instant now = store.now();
            drop(store, entry, now);
            directory.modified(now);
          }
          return refused;
        });
  }

  /** Removes an entry; the caller holds the locks of its directory and its inode. */
  static void drop(InodeStore store, Entry entry, Instant now) {
    Inode inode = entry.inode;
    if (!(inode instanceof Directory) && inode.nlink() > 1) {
      store.limits.inodes.release(1);
    }
    entry.parent.remove(entry);
    inode.changed(now);
    store.settle(inode);
  }

  /** Reserves what a new inode takes; nothing if there is not enough. */
  static boolean reserve(InodeStore store, Inheritance inherited) {
    if (!store.limits.tryReserveInode()) {
      return false;
    }
    if (!store.limits.metadata.tryReserve(inherited.metadata())) {
      store.limits.inodes.release(1);
      return false;
    }
    return true;
  }

  private static Inode regular(long nodeid, Inheritance inherited, Instant now) {
    return new RegularFile(nodeid, inherited.mode(), inherited.owner(), now);
  }

  private static Inode directory(long nodeid, Inheritance inherited, Instant now) {
    return new Directory(nodeid, inherited.mode(), inherited.owner(), now);
  }

  private static Inode special(long nodeid, int rdev, Inheritance inherited, Instant now) {
    return new SpecialFile(nodeid, inherited.mode(), rdev, inherited.owner(), now);
  }
}
