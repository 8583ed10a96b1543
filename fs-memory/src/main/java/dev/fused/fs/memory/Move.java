package dev.fused.fs.memory;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Rename2;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One renameat2(2). Finds out which inodes are concerned, locks them and the directories in order,
 * and begins again if the names lead elsewhere by then. Between two directories it runs under the
 * rename lock.
 */
final class Move {
  private static final int WHITEOUT_MODE = Attributes.S_IFCHR;

  private final InodeStore store;
  private final Directory from;
  private final FileName oldName;
  private final Directory to;
  private final FileName newName;
  private final int flags;
  private final Caller caller;

  /**
   * @param isDone false if names changed meanwhile
   * @param errno null if it was done
   */
  private record Attempt(boolean isDone, @Nullable Errno errno) {}

  Move(
      InodeStore store,
      Directory from,
      FileName oldName,
      Directory to,
      FileName newName,
      int flags,
      Caller caller) {
    this.store = store;
    this.from = from;
    this.oldName = oldName;
    this.to = to;
    this.newName = newName;
    this.flags = flags;
    this.caller = caller;
  }

  /** Null if it was done. */
  @Nullable Errno run() {
    while (true) {
      Inode source = inode(from, oldName);
      Inode target = inode(to, newName);
      boolean intoItself = from != to && isAbove(source, to);
      boolean ontoAncestor = from != to && isAbove(target, from);
      Attempt attempt =
          LockOrder.locked(
              () -> {
                Entry oldEntry = from.find(oldName);
                Entry newEntry = to.find(newName);
                if (source != inode(oldEntry) || target != inode(newEntry)) {
                  return new Attempt(false, null);
                }
                return new Attempt(true, apply(oldEntry, newEntry, intoItself, ontoAncestor));
              },
              from,
              to,
              source,
              target);
      if (attempt.isDone) {
        return attempt.errno;
      }
    }
  }

  private @Nullable Errno apply(
      @Nullable Entry source, @Nullable Entry target, boolean intoItself, boolean ontoAncestor) {
    if (source == null || to.isRemoved()) {
      return Errno.ENOENT;
    }
    boolean exchange = has(Rename2.EXCHANGE);
    if (target != null && has(Rename2.NOREPLACE)) {
      return Errno.EEXIST;
    }
    if (target == null && exchange) {
      return Errno.ENOENT;
    }
    if (intoItself) {
      return Errno.EINVAL;
    }
    if (ontoAncestor) {
      return exchange ? Errno.EINVAL : Errno.ENOTEMPTY;
    }
    if (target == null) {
      return replace(source, null);
    }
    if (source.inode == target.inode) {
      return null;
    }
    if (exchange) {
      Directory.exchange(source, target);
      touch(source.inode, target.inode, store.now());
      return null;
    }
    Errno refused = refusal(source.inode, target.inode);
    return refused == null ? replace(source, target) : refused;
  }

  private static @Nullable Errno refusal(Inode source, Inode target) {
    if (!(target instanceof Directory directory)) {
      return source instanceof Directory ? Errno.ENOTDIR : null;
    }
    if (!(source instanceof Directory)) {
      return Errno.EISDIR;
    }
    return directory.isEmpty() ? null : Errno.ENOTEMPTY;
  }

  private @Nullable Errno replace(Entry source, @Nullable Entry target) {
    Inheritance whiteout =
        has(Rename2.WHITEOUT) ? Inheritance.of(from, WHITEOUT_MODE, caller) : null;
    if (whiteout != null && !Namespace.reserve(store, whiteout)) {
      return Errno.ENOSPC;
    }
    Instant now = store.now();
    if (target != null) {
      Namespace.drop(store, target, now);
    }
    Inode moved = source.inode;
    if (from == to) {
      from.rename(source, newName);
    } else {
      from.moveTo(to, source, newName);
    }
    if (whiteout != null) {
      addWhiteout(whiteout, now);
    }
    touch(moved, moved, now);
    return null;
  }

  private void addWhiteout(Inheritance inherited, Instant now) {
    Inode whiteout =
        new SpecialFile(store.newNodeid(from), inherited.mode(), 0, inherited.owner(), now);
    synchronized (whiteout) {
      whiteout.setXattrs(inherited.xattrs());
      store.publish(whiteout);
      from.add(oldName, whiteout);
    }
  }

  private void touch(Inode first, Inode second, Instant now) {
    first.changed(now);
    second.changed(now);
    from.modified(now);
    to.modified(now);
  }

  private boolean has(int flag) {
    return (flags & flag) != 0;
  }

  private static @Nullable Inode inode(Directory directory, FileName name) {
    synchronized (directory) {
      return inode(directory.find(name));
    }
  }

  private static @Nullable Inode inode(@Nullable Entry entry) {
    return entry == null ? null : entry.inode;
  }

  /** True if {@code inode} is {@code directory} or one of those it lies in. */
  private static boolean isAbove(@Nullable Inode inode, Directory directory) {
    if (!(inode instanceof Directory)) {
      return false;
    }
    Directory at = directory;
    while (at != inode) {
      Directory above;
      synchronized (at) {
        above = at.parent();
      }
      if (above == null || above == at) {
        return false;
      }
      at = above;
    }
    return true;
  }
}
