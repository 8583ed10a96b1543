package dev.fused.fs.memory;

import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Names and the inodes behind them, found by name and listed in an order that never changes.
 *
 * <p>Each entry has a cookie, its place in the order: larger for what came later, never used again,
 * and kept as long as the entry is there, also when it is renamed inside the directory. So a scan
 * can go on after any cookie, even that of an entry which is gone, and meets what is present
 * throughout exactly once. Adding, removing and finding cost the same whatever the size.
 *
 * <p>Changing an entry takes the lock of the directory and that of the inode behind it.
 */
final class Directory extends Inode {
  /** The cookies of "." and "..", which are no entries. */
  static final long DOT = 1;

  static final long DOT_DOT = 2;

  /** The link counts of a directory that is present: its name and its own ".". */
  static final int OWN_LINKS = 2;

  /** What tmpfs shows as the size of each entry. */
  private static final int ENTRY_SIZE = 20;

  private final RadixTree<Entry> order = new RadixTree<>();
  private long nextCookie = DOT_DOT + 1;

  /** Null as long as the directory is empty. */
  private @Nullable NameIndex index;

  Directory(long nodeid, int permissions, Owner owner, Instant now) {
    super(nodeid, Attributes.S_IFDIR | permissions, owner, now);
    synchronized (this) {
      setNlink(OWN_LINKS);
    }
  }

  @Override
  long size() {
    return (long) ENTRY_SIZE * (OWN_LINKS + entryCount());
  }

  int entryCount() {
    return index == null ? 0 : index.size();
  }

  boolean isEmpty() {
    return index == null;
  }

  /** True after rmdir(2): nothing can be made in it any more. */
  boolean isRemoved() {
    return nlink() == 0;
  }

  /**
   * The directory that this one is in: itself for the root, null if it was removed. A directory has
   * no more than one name.
   */
  @Nullable Directory parent() {
    assert Thread.holdsLock(this);
    Entry entry = links();
    if (entry != null) {
      return entry.parent;
    }
    return isRemoved() ? null : this;
  }

  @Nullable Entry find(FileName name) {
    assert Thread.holdsLock(this);
    return index == null ? null : index.get(name);
  }

  /** The first entry after {@code cookie}, which may be that of an entry that is gone. */
  @Nullable Entry after(long cookie) {
    assert Thread.holdsLock(this);
    long next = cookie == Long.MAX_VALUE ? -1 : order.ceiling(Math.max(cookie, DOT_DOT) + 1);
    return next < 0 ? null : order.get(next);
  }

  /** What the next entry gets: all entries that exist now have a smaller one. */
  long nextCookie() {
    assert Thread.holdsLock(this);
    return nextCookie;
  }

  /** Adds a name, which is not there yet, for an inode. */
  void add(FileName name, Inode inode) {
    insert(new Entry(name, this, inode));
  }

  /** Removes an entry: the inode has one name less. */
  void remove(Entry entry) {
    takeOut(entry);
    entry.inode.removeLink(entry);
    entry.inode.setNlink(entry.inode instanceof Directory ? 0 : entry.inode.nlink() - 1);
  }

  /** Gives an entry another name, which is not there yet. It keeps its place. */
  void rename(Entry entry, FileName newName) {
    NameIndex names = names();
    names.remove(entry);
    entry.name = newName;
    names.add(entry);
  }

  /** Moves an entry to another directory, which does not have the name yet. */
  void moveTo(Directory target, Entry entry, FileName newName) {
    takeOut(entry);
    entry.inode.removeLink(entry);
    entry.inode.setNlink(entry.inode.nlink() - (entry.inode instanceof Directory ? 0 : 1));
    target.insert(new Entry(newName, target, entry.inode));
  }

  /** Lets two entries, of whatever directories, change their inodes. */
  static void exchange(Entry first, Entry second) {
    Inode inode = first.inode;
    Inode other = second.inode;
    inode.removeLink(first);
    other.removeLink(second);
    adjustSubdirectories(first.parent, -1, inode);
    adjustSubdirectories(second.parent, -1, other);
    first.inode = other;
    second.inode = inode;
    inode.addLink(second);
    other.addLink(first);
    adjustSubdirectories(first.parent, 1, other);
    adjustSubdirectories(second.parent, 1, inode);
  }

  private void insert(Entry entry) {
    assert Thread.holdsLock(this);
    if (index == null) {
      index = new NameIndex();
    }
    entry.cookie = nextCookie++;
    index.add(entry);
    order.put(entry.cookie, entry);
    entry.inode.addLink(entry);
    if (!(entry.inode instanceof Directory)) {
      entry.inode.setNlink(entry.inode.nlink() + 1);
    }
    adjustSubdirectories(this, 1, entry.inode);
  }

  private void takeOut(Entry entry) {
    assert Thread.holdsLock(this);
    NameIndex names = names();
    names.remove(entry);
    if (names.size() == 0) {
      index = null;
    }
    order.remove(entry.cookie);
    adjustSubdirectories(this, -1, entry.inode);
  }

  /** The ".." of a subdirectory is a link to its parent. */
  private static void adjustSubdirectories(Directory parent, int change, Inode child) {
    if (child instanceof Directory) {
      parent.setNlink(parent.nlink() + change);
    }
  }

  private NameIndex names() {
    if (index == null) {
      throw new IllegalStateException("directory " + nodeid + " is empty");
    }
    return index;
  }
}
