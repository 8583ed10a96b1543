package dev.fused.fs.memory;

import static dev.fused.protocol.reply.Attributes.S_IFMT;
import static dev.fused.protocol.reply.Attributes.S_ISGID;
import static dev.fused.protocol.reply.Attributes.S_ISUID;

import dev.fused.protocol.reply.Attributes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file of any type, as POSIX sees it: attributes, and who needs it. It lives while it has a name,
 * a lookup count or an open handle; {@link InodeStore#settle} ends its life.
 *
 * <p>Its monitor guards it: who reads or changes anything but {@link #nodeid} and the type holds
 * {@code synchronized (inode)}. {@link LockOrder} says in which order several are taken.
 *
 * <p>There may be ten million of these, so fields are plain numbers, ordered by size.
 */
abstract sealed class Inode permits Directory, RegularFile, SpecialFile, Symlink {
  /** How old an access time may get before a read renews it, in seconds: a day, as relatime. */
  private static final long ATIME_SECONDS = 24 * 60 * 60;

  private static final int PERMISSIONS = ~S_IFMT;
  private static final int S_IXGRP = 0010;

  private static final int FREED = 1;
  private static final int ORPHAN = 2;
  private static final int LINKABLE = 4;

  final long nodeid;

  private long lookupCount;
  private long atime;
  private long mtime;
  private long ctime;
  private long btime;
  private int atimensec;
  private int mtimensec;
  private int ctimensec;
  private int btimensec;
  private int mode;
  private int uid;
  private int gid;
  private int nlink;
  private int openCount;
  private @Nullable ExtendedAttributes xattrs;

  /** The names of this inode, chained by {@link Entry#nextLink}. */
  private @Nullable Entry links;

  private byte state;

  /**
   * @param mode type and permissions
   * @param now all its times
   */
  Inode(long nodeid, int mode, Owner owner, Instant now) {
    this.nodeid = nodeid;
    this.mode = mode;
    this.uid = owner.uid();
    this.gid = owner.gid();
    atime = mtime = ctime = btime = now.getEpochSecond();
    atimensec = mtimensec = ctimensec = btimensec = now.getNano();
  }

  /** What st_size shows. */
  abstract long size();

  /** How many data pages it occupies. */
  long pageCount() {
    return 0;
  }

  /** What st_rdev shows: 0 if it is no device. */
  int rdev() {
    return 0;
  }

  /** Takes over what the kernel has done to the contents without asking. */
  void refresh() {}

  /** The kernel has given all its lookups back. */
  void forgotten() {}

  /** What stat(2) shows. */
  Attributes attributes() {
    assert Thread.holdsLock(this);
    refresh();
    return new Attributes(
        nodeid,
        size(),
        pageCount() * (PageArena.PAGE_SIZE / 512),
        atime,
        mtime,
        ctime,
        atimensec,
        mtimensec,
        ctimensec,
        mode,
        nlink,
        uid,
        gid,
        rdev(),
        PageArena.PAGE_SIZE,
        0);
  }

  /** When it was made. */
  Instant birth() {
    return Instant.ofEpochSecond(btime, btimensec);
  }

  /** Type and permissions. */
  int mode() {
    return mode;
  }

  /** The type bits of {@link #mode}; never change, so no lock is needed. */
  final int type() {
    return mode & S_IFMT;
  }

  int uid() {
    return uid;
  }

  int gid() {
    return gid;
  }

  void setPermissions(int permissions) {
    assert Thread.holdsLock(this);
    mode = type() | (permissions & PERMISSIONS);
  }

  void setUid(int uid) {
    this.uid = uid;
  }

  void setGid(int gid) {
    this.gid = gid;
  }

  /**
   * Takes the privileges away that a change of owner or contents ends: set-uid, and set-gid where
   * it does not stand for mandatory locking.
   */
  void clearSuidgid() {
    assert Thread.holdsLock(this);
    mode &= ~S_ISUID;
    if ((mode & S_IXGRP) != 0) {
      mode &= ~S_ISGID;
    }
  }

  void setAtime(long seconds, int nanos) {
    atime = seconds;
    atimensec = nanos;
  }

  void setMtime(long seconds, int nanos) {
    mtime = seconds;
    mtimensec = nanos;
  }

  void setCtime(long seconds, int nanos) {
    ctime = seconds;
    ctimensec = nanos;
  }

  /** Attributes changed. */
  void changed(Instant now) {
    assert Thread.holdsLock(this);
    setCtime(now.getEpochSecond(), now.getNano());
  }

  /** Attributes changed a while ago, unless they have been since. */
  void changedAt(Instant when) {
    if (isNewer(when.getEpochSecond(), when.getNano(), ctime, ctimensec)) {
      changed(when);
    }
  }

  /** Contents changed. */
  void modified(Instant now) {
    changed(now);
    setMtime(now.getEpochSecond(), now.getNano());
  }

  /**
   * Contents were read: renews the access time by the rule of relatime, that is if it is not newer
   * than the last change, or a day old.
   */
  void accessed(Instant now) {
    if (isAccessOld(now.getEpochSecond())) {
      setAtime(now.getEpochSecond(), now.getNano());
    }
  }

  /** True if {@link #accessed} would renew the access time in that second. */
  boolean isAccessOld(long second) {
    assert Thread.holdsLock(this);
    return !isNewer(atime, atimensec, mtime, mtimensec)
        || !isNewer(atime, atimensec, ctime, ctimensec)
        || second - atime >= ATIME_SECONDS;
  }

  private static boolean isNewer(long seconds, int nanos, long otherSeconds, int otherNanos) {
    return seconds > otherSeconds || (seconds == otherSeconds && nanos > otherNanos);
  }

  int nlink() {
    return nlink;
  }

  void setNlink(int nlink) {
    assert Thread.holdsLock(this);
    this.nlink = nlink;
  }

  int openCount() {
    return openCount;
  }

  void addOpen() {
    assert Thread.holdsLock(this);
    openCount++;
  }

  /** One handle less, unless there is none. */
  void removeOpen() {
    assert Thread.holdsLock(this);
    if (openCount > 0) {
      openCount--;
    }
  }

  long lookupCount() {
    return lookupCount;
  }

  void addLookup() {
    assert Thread.holdsLock(this);
    lookupCount++;
  }

  /** Takes lookups back, not more than there are. {@code count} is unsigned. */
  void removeLookups(long count) {
    assert Thread.holdsLock(this);
    lookupCount = Long.compareUnsigned(count, lookupCount) >= 0 ? 0 : lookupCount - count;
  }

  /** The last name given, or null; more by {@link Entry#nextLink}. */
  @Nullable Entry links() {
    return links;
  }

  void addLink(Entry entry) {
    assert Thread.holdsLock(this);
    entry.nextLink = links;
    links = entry;
  }

  void removeLink(Entry entry) {
    assert Thread.holdsLock(this);
    if (links == entry) {
      links = entry.nextLink;
    } else {
      Entry before = links;
      while (before != null && before.nextLink != entry) {
        before = before.nextLink;
      }
      if (before == null) {
        throw new IllegalStateException(entry.name + " is no name of inode " + nodeid);
      }
      before.nextLink = entry.nextLink;
    }
    entry.nextLink = null;
  }

  @Nullable ExtendedAttributes xattrs() {
    return xattrs;
  }

  void setXattrs(@Nullable ExtendedAttributes xattrs) {
    this.xattrs = xattrs;
  }

  /** True once nothing can reach it any more: its number is as good as never given. */
  boolean isFreed() {
    return has(FREED);
  }

  void setFreed() {
    set(FREED, true);
  }

  /** True while {@link Orphans} counts it. */
  boolean isOrphan() {
    return has(ORPHAN);
  }

  void setOrphan(boolean orphan) {
    set(ORPHAN, orphan);
  }

  /** True if it never had a name, and may get one: open(2) with O_TMPFILE, without O_EXCL. */
  boolean isLinkable() {
    return has(LINKABLE);
  }

  void setLinkable(boolean linkable) {
    set(LINKABLE, linkable);
  }

  private boolean has(int bit) {
    return (state & bit) != 0;
  }

  private void set(int bit, boolean value) {
    assert Thread.holdsLock(this);
    state = (byte) (value ? state | bit : state & ~bit);
  }
}
