package dev.fused.fs.memory;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Says when the Java heap has no room for more inodes, where more of them are allowed than it could
 * hold: a heap that is full would not make calls fail, but make all of them slow. Any thread.
 */
class HeapGuard {
  /** An inode with its name takes some 300 bytes of heap, more with a long name. */
  private static final long HEAP_PER_INODE = 512;

  /** The part of the heap that may be in use after a collection. */
  private static final double MOST_IN_USE = 0.8;

  /** It is looked at once for so many inodes, which are a part of any heap that is worth it. */
  private static final int LOOK_EVERY = 256;

  private static final long COLLECT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final HeapGuard UNNEEDED =
      new HeapGuard() {
        @Override
        boolean isFull() {
          return false;
        }
      };

  private final AtomicLong lastCollection = new AtomicLong(System.nanoTime() - COLLECT_NANOS);
  private volatile boolean full;
  private int asked; // racy: one look more or less does not matter

  HeapGuard() {}

  /** How many inodes fit into the heap of this JVM for sure. */
  static long mostInodes() {
    return Math.max(1, Runtime.getRuntime().maxMemory() / HEAP_PER_INODE);
  }

  /** For a store of at most so many inodes. */
  static HeapGuard forInodes(long most) {
    return most <= mostInodes() ? UNNEEDED : new HeapGuard();
  }

  /** True if nothing more is to be kept on the heap. */
  boolean isFull() {
    if (full || asked++ % LOOK_EVERY == 0) {
      full = partInUse() > MOST_IN_USE;
      if (full) {
        collectAgain();
      }
    }
    return full;
  }

  /** What was in use after the last collection, as a part of the largest heap. */
  double partInUse() {
    long used = 0;
    for (MemoryPoolMXBean pool : Pools.HEAP) {
      MemoryUsage usage = pool.getCollectionUsage();
      used += usage == null ? 0 : usage.getUsed();
    }
    return (double) used / Runtime.getRuntime().maxMemory();
  }

  /** While little is made, little is allocated, and the JVM would not look what is still in use. */
  private void collectAgain() {
    long now = System.nanoTime();
    long last = lastCollection.get();
    if (now - last >= COLLECT_NANOS && lastCollection.compareAndSet(last, now)) {
      Thread.ofPlatform().daemon().name("fused heap").start(System::gc);
    }
  }

  /** Loaded when they are needed. */
  private static final class Pools {
    static final List<MemoryPoolMXBean> HEAP =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();
  }
}
