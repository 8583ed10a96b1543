package dev.fused.fs.memory;

import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.DirectoryPlusReply;
import dev.fused.filesystem.DirectoryReply;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.ReadIn;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Open directories, and listing them. A scan ends where the directory ended when the scan began, or
 * a program that makes an entry for each one it finds would never come to the end. Any thread.
 */
final class DirectoryScans {
  private final InodeStore store;
  private final Function<Attributes, CachePolicy> cache;
  private final AtomicLong lastHandle = new AtomicLong();

  private final Map<Long, Scan> open = new ConcurrentHashMap<>();

  /**
   * An open directory.
   *
   * @param end the cookie before which its scan ends
   */
  private record Scan(long nodeid, long end) {}

  /**
   * @param cache how long the kernel may keep what it is told
   */
  DirectoryScans(InodeStore store, Function<Attributes, CachePolicy> cache) {
    this.store = store;
    this.cache = cache;
  }

  /** A handle for a directory. */
  long open(long nodeid) {
    long handle = lastHandle.incrementAndGet();
    open.put(handle, new Scan(nodeid, Long.MAX_VALUE));
    return handle;
  }

  /**
   * True if a handle is that of another directory. One that is unknown is not: who has it can list
   * all the same.
   */
  boolean isOfAnother(long nodeid, long handle) {
    Scan scan = open.get(handle);
    return scan != null && scan.nodeid != nodeid;
  }

  void close(long handle) {
    open.remove(handle);
  }

  /** How many directories are open. */
  int openCount() {
    return open.size();
  }

  /** Adds the entries after the offset, a cookie, as long as the reply takes them. */
  void list(Directory directory, ReadIn request, DirectoryReply reply) {
    long offset = request.offset();
    long end = begin(directory, request);
    if (!listDots(directory, offset, reply)) {
      return;
    }
    synchronized (directory) {
      Entry entry = directory.after(offset);
      while (entry != null
          && entry.cookie < end
          && reply.add(entry.name, entry.inode.nodeid, entry.inode.type(), entry.cookie)) {
        entry = directory.after(entry.cookie);
      }
    }
  }

  /** The same with the attributes of each entry, and one lookup of it. */
  void listPlus(Directory directory, ReadIn request, DirectoryPlusReply reply) {
    long offset = request.offset();
    long end = begin(directory, request);
    if (!listDots(directory, offset, reply)) {
      return;
    }
    Found found = next(directory, offset, end);
    while (found != null) {
      long nodeid = found.attributes.ino();
      CachePolicy policy = cache.apply(found.attributes);
      if (!reply.add(found.name, nodeid, 0, found.attributes, policy, found.cookie)) {
        store.forget(nodeid, 1);
        return;
      }
      found = next(directory, found.cookie, end);
    }
  }

  /** An entry that was found, and of which one lookup was given. */
  private record Found(FileName name, Attributes attributes, long cookie) {}

  private static @Nullable Found next(Directory directory, long cookie, long end) {
    return Namespace.<@Nullable Found>withEntry(
        directory,
        () -> directory.after(cookie),
        entry -> {
          if (entry == null || entry.cookie >= end) {
            return null;
          }
          entry.inode.addLookup();
          return new Found(entry.name, entry.inode.attributes(), entry.cookie);
        });
  }

  /** Where the scan ends; it begins again, after rewinddir(3), with offset 0. */
  private long begin(Directory directory, ReadIn request) {
    long end = Long.MAX_VALUE;
    if (request.offset() == 0) {
      synchronized (directory) {
        store.accessed(directory, request.flags());
        end = directory.nextCookie();
      }
      open.replace(request.fh(), new Scan(directory.nodeid, end));
      return end;
    }
    Scan scan = open.get(request.fh());
    return scan == null ? end : scan.end;
  }

  private static boolean listDots(Directory directory, long offset, DirectoryReply reply) {
    if (offset < Directory.DOT
        && !reply.add(FileName.DOT, directory.nodeid, Attributes.S_IFDIR, Directory.DOT)) {
      return false;
    }
    if (offset >= Directory.DOT_DOT) {
      return true;
    }
    Directory above;
    synchronized (directory) {
      above = directory.parent();
    }
    long ino = above == null ? directory.nodeid : above.nodeid;
    return reply.add(FileName.DOT_DOT, ino, Attributes.S_IFDIR, Directory.DOT_DOT);
  }
}
