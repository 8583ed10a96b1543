package dev.fused.server.session;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The requests of a mount that were not answered within the call that delivered them, by {@code
 * unique}; and the interrupts that came before such a request did. Any thread.
 *
 * <p>A request that is answered at once never gets here: it cannot be interrupted, and a table that
 * every request passes through would be what all loops wait for.
 */
public final class InFlightRequests {
  /** An unanswered request. */
  public interface Entry {
    long unique();

    /** The caller got a signal. */
    void interrupt();
  }

  /**
   * Most interrupts remembered. One stays behind whenever its request was answered first, so the
   * oldest are dropped; the kernel has only a handful of true ones under way.
   */
  private static final int EARLY_INTERRUPTS = 1024;

  private final ConcurrentHashMap<Long, Entry> entries = new ConcurrentHashMap<>();
  private final Set<Long> earlyInterrupts = new HashSet<>();
  private final Queue<Long> earlyInterruptOrder = new ArrayDeque<>();
  private volatile boolean earlyInterruptsSeen;

  /** Adds a request; if its interrupt is here already, it takes effect now. */
  public void add(Entry entry) {
    entries.put(entry.unique(), entry);
    if (earlyInterruptsSeen && takeEarlyInterrupt(entry.unique())) {
      entry.interrupt();
    }
  }

  /** Removes an answered request; no effect if it is not there. */
  public void remove(long unique) {
    if (entries.remove(unique) != null && entries.isEmpty()) {
      synchronized (entries) {
        entries.notifyAll();
      }
    }
  }

  /** Interrupts a request, or remembers the interrupt for one that has yet to come. */
  public void interrupt(long unique) {
    Entry entry = entries.get(unique);
    if (entry == null) {
      rememberEarlyInterrupt(unique);
      // It may have been added between the look and the note.
      entry = entries.get(unique);
      if (entry == null || !takeEarlyInterrupt(unique)) {
        return;
      }
    }
    entry.interrupt();
  }

  public int size() {
    return entries.size();
  }

  /** The requests that are unanswered now. */
  public Collection<Entry> all() {
    return List.copyOf(entries.values());
  }

  /**
   * Waits until no request is in flight.
   *
   * @return false if there still is one after {@code boundNanos}
   */
  public boolean awaitEmpty(long boundNanos) throws InterruptedException {
    long end = System.nanoTime() + boundNanos;
    synchronized (entries) {
      while (!entries.isEmpty()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        entries.wait(left / 1_000_000 + 1);
      }
    }
    return true;
  }

  private void rememberEarlyInterrupt(long unique) {
    synchronized (earlyInterrupts) {
      earlyInterruptsSeen = true;
      if (earlyInterrupts.add(unique)) {
        earlyInterruptOrder.add(unique);
      }
      if (earlyInterruptOrder.size() > EARLY_INTERRUPTS) {
        earlyInterrupts.remove(earlyInterruptOrder.remove());
      }
    }
  }

  private boolean takeEarlyInterrupt(long unique) {
    synchronized (earlyInterrupts) {
      return earlyInterrupts.remove(unique);
    }
  }
}
