package dev.fused.fs.memory;

import java.util.ArrayList;
import java.util.List;

/**
 * Checks each acquisition of a monitor against {@link LockOrder}: {@link CheckingClassLoader} puts
 * calls of it into all classes of this package. Any thread.
 *
 * <p>It throws whether or not another thread wants the same locks just then, so a test finds a
 * wrong order without a deadlock.
 */
public final class LockOrderCheck {
  /** What the thread holds, oldest first, and what it held a while ago. */
  private static final ThreadLocal<List<Object>> HELD = ThreadLocal.withInitial(ArrayList::new);

  private LockOrderCheck() {}

  /** Called before a thread enters a {@code synchronized} block. */
  public static void entering(Object lock) {
    if (!Thread.holdsLock(lock)) {
      entered(lock);
    }
  }

  /** Called when a thread has entered a {@code synchronized} method. */
  @SuppressWarnings("ReferenceEquality") // A monitor belongs to an object, not to what equals it.
  public static void entered(Object lock) {
    List<Object> held = HELD.get();
    held.removeIf(other -> other == lock || !Thread.holdsLock(other));
    for (Object other : held) {
      if (!allows(other, lock)) {
        throw new AssertionError(
            "%s is locked by a thread that holds %s".formatted(show(lock), show(other)));
      }
    }
    held.add(lock);
  }

  private static boolean allows(Object first, Object second) {
    if (first instanceof Inode inode && second instanceof Inode other) {
      return isUnknown(other) || LockOrder.allows(inode, other);
    }
    return rank(first) < rank(second);
  }

  /** The rename lock, which is no object of a class of its own; inodes; all else. */
  private static int rank(Object lock) {
    if (lock.getClass() == Object.class) {
      return 0;
    }
    return lock instanceof Inode ? 1 : 2;
  }

  /** True of an inode that was made just now. */
  private static boolean isUnknown(Inode inode) {
    return inode.links() == null
        && inode.lookupCount() == 0
        && inode.openCount() == 0
        && !inode.isFreed()
        && inode.nodeid != TestStore.ROOT;
  }

  private static String show(Object lock) {
    return lock instanceof Inode inode
        ? inode.getClass().getSimpleName() + " " + inode.nodeid
        : lock.getClass().getSimpleName();
  }
}
