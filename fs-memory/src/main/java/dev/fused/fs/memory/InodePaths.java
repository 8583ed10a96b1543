package dev.fused.fs.memory;

import dev.fused.protocol.FileName;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The path of an inode, and the inode of a path, inside a memory file system: for tools and logs.
 * Neither searches: a path takes as many steps as it has names. Any thread.
 *
 * <p>Paths are absolute, "/" being the root of the file system, and made of bytes, as names are.
 */
public final class InodePaths {
  private static final byte SLASH = '/';

  private final InodeStore store;
  private final Namespace names;

  InodePaths(InodeStore store, Namespace names) {
    this.store = store;
    this.names = names;
  }

  /**
   * One path of an inode; a file with several links has others too.
   *
   * @return empty if there is no such inode, or none of its names is left
   */
  public Optional<FileName> pathOf(long nodeid) {
    return names.withStableTree(() -> Optional.ofNullable(path(nodeid)));
  }

  /**
   * The nodeid behind a path. Symbolic links are not followed; empty names, "." and ".." mean what
   * they mean to the kernel.
   *
   * @return empty if there is no such path
   */
  public OptionalLong nodeidOf(FileName path) {
    byte[] bytes = path.toBytes();
    Inode at = store.root;
    int start = 0;
    while (start < bytes.length) {
      int end = start;
      while (end < bytes.length && bytes[end] != SLASH) {
        end++;
      }
      if (end > start) {
        at = step(at, FileName.of(Arrays.copyOfRange(bytes, start, end)));
        if (at == null) {
          return OptionalLong.empty();
        }
      }
      start = end + 1;
    }
    return OptionalLong.of(at.nodeid);
  }

  private @Nullable FileName path(long nodeid) {
    Inode at = store.get(nodeid);
    if (at == null) {
      return null;
    }
    Deque<FileName> reversed = new ArrayDeque<>();
    while (at != store.root) {
      synchronized (at) {
        Entry entry = at.links();
        if (entry == null) {
          return null;
        }
        reversed.push(entry.name);
        at = entry.parent;
      }
    }
    ByteArrayOutputStream path = new ByteArrayOutputStream();
    for (FileName name : reversed) {
      path.write(SLASH);
      path.writeBytes(name.toBytes());
    }
    return reversed.isEmpty() ? FileName.of("/") : FileName.of(path.toByteArray());
  }

  private static @Nullable Inode step(Inode inode, FileName name) {
    if (!(inode instanceof Directory directory)) {
      return null;
    }
    synchronized (directory) {
      if (name.equals(FileName.DOT)) {
        return directory;
      }
      if (name.equals(FileName.DOT_DOT)) {
        return directory.parent();
      }
      Entry entry = directory.find(name);
      return entry == null ? null : entry.inode;
    }
  }
}
