package dev.fused.fs.memory;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The rules of locking, in one place.
 *
 * <ol>
 *   <li>A rename from one directory to another takes the rename lock of {@link Namespace} first.
 *   <li>Then inodes: directories before all others, those of one kind by nodeid. So the inode
 *       behind a name can be locked while the directory is, unless it is a directory with a smaller
 *       number.
 *   <li>Then, one at a time: tables, arenas, {@link Readers}. They call nothing that locks while
 *       they are locked.
 * </ol>
 *
 * <p>An inode that nobody else can know yet may be locked at any time.
 */
final class LockOrder {
  private static final Comparator<Inode> ORDER =
      Comparator.comparing((Inode inode) -> !(inode instanceof Directory))
          .thenComparing((a, b) -> Long.compareUnsigned(a.nodeid, b.nodeid));

  private LockOrder() {}

  /** True if {@code second} may be locked by a thread that holds {@code first}. */
  static boolean allows(Inode first, Inode second) {
    return ORDER.compare(first, second) <= 0;
  }

  /** Runs {@code body} with all {@code inodes} locked; null and repeated ones are left out. */
  static <T> T locked(Supplier<T> body, @Nullable Inode... inodes) {
    Inode[] ordered =
        Arrays.stream(inodes).filter(Objects::nonNull).sorted(ORDER).toArray(Inode[]::new);
    return locked(body, ordered, 0);
  }

  private static <T> T locked(Supplier<T> body, Inode[] ordered, int from) {
    if (from == ordered.length) {
      return body.get();
    }
    synchronized (ordered[from]) {
      return locked(body, ordered, from + 1);
    }
  }
}
