package dev.fused.fs.memory;

import dev.fused.filesystem.BackingFiles;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Registers backing files, and keeps some registrations for a while after the last handle was
 * closed: a file that is opened again soon then costs no system call. Any thread.
 */
final class Registrations {
  /** So many are kept; each holds an open file in the kernel, and no descriptor. */
  private static final int KEPT = 1024;

  private final BackingFiles backingFiles;

  /** Those that became idle, the longest ago first; some are in use again. */
  private final ConcurrentLinkedQueue<Registration> idle = new ConcurrentLinkedQueue<>();

  private final AtomicInteger idleCount = new AtomicInteger();

  Registrations(BackingFiles backingFiles) {
    this.backingFiles = backingFiles;
  }

  /**
   * Registers an open file.
   *
   * @return the id, or a negative error number
   */
  int open(int descriptor) {
    return backingFiles.open(descriptor);
  }

  /** The last handle was closed. */
  void release(Registration registration) {
    if (!registration.setIdle()) {
      return;
    }
    idle.add(registration);
    if (idleCount.incrementAndGet() > KEPT) {
      Registration oldest = idle.poll();
      idleCount.decrementAndGet();
      if (oldest != null) {
        close(oldest);
      }
    }
  }

  /** Gives a registration back, if it is idle. */
  void close(Registration registration) {
    if (registration.close()) {
      backingFiles.close(registration.id);
    }
  }
}
