package dev.fused.server.session;

import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestHeader;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a mount that were not answered within the call that delivered them, by {@code
 * unique}; and the interrupts that came before such a request did. Any thread.
 *
 * <p>A request that is answered at once never gets here: it cannot be interrupted, and a table that
 * every request passes through would be what all loops wait for.
 *
 * <p>A request that the kernel sends again, with {@link RequestHeader#RESENT} in its unique, counts
 * as the same one here; so do interrupts of either.
 */
public final class InFlightRequests {
  /** An unanswered request. */
  public interface Entry {
    default long unique() {
      return request().unique();
    }

    FuseRequest request();

    /** {@link System#nanoTime} when it was found to be still open. */
    long sinceNanos();

    /** The thread on which the file system is called for it; null if that call has returned. */
    @Nullable Thread thread();

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

  /**
   * Adds a request; if its interrupt is here already, it takes effect now. If there is one with the
   * same unique, which no kernel sends, that is interrupted: nobody could do it later.
   */
  public void add(Entry entry) {
    long key = key(entry.unique());
    Entry displaced = entries.put(key, entry);
    if (displaced != null) {
      displaced.interrupt();
    }
    if (earlyInterruptsSeen && takeEarlyInterrupt(key)) {
      entry.interrupt();
    }
  }

  private static long key(long unique) {
    return unique & ~RequestHeader.RESENT;
  }

  /** The request with this unique, sent again or not; null if it is answered. */
  public @Nullable Entry find(long unique) {
    return entries.get(key(unique));
  }

  /** Removes an answered request; no effect if it is not there. */
  public void remove(Entry entry) {
    if (entries.remove(key(entry.unique()), entry) && entries.isEmpty()) {
      synchronized (entries) {
        entries.notifyAll();
      }
    }
  }

  /** Interrupts a request, or remembers the interrupt for one that has yet to come. */
  public void interrupt(long unique) {
    long key = key(unique);
    Entry entry = entries.get(key);
    if (entry == null) {
      rememberEarlyInterrupt(key);
      // It may have been added between the look and the note.
      entry = entries.get(key);
      if (entry == null || !takeEarlyInterrupt(key)) {
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

  private void rememberEarlyInterrupt(long key) {
    synchronized (earlyInterrupts) {
      earlyInterruptsSeen = true;
      if (earlyInterrupts.add(key)) {
        earlyInterruptOrder.add(key);
      }
      if (earlyInterruptOrder.size() > EARLY_INTERRUPTS) {
        earlyInterrupts.remove(earlyInterruptOrder.remove());
      }
    }
  }

  private boolean takeEarlyInterrupt(long key) {
    synchronized (earlyInterrupts) {
      return earlyInterrupts.remove(key);
    }
  }
}
