package dev.fused.server.notify;

import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Notification;
import dev.fused.protocol.reply.Notification.InvalEntry;
import dev.fused.protocol.reply.Notification.InvalInode;
import dev.fused.protocol.reply.Notification.Prune;
import dev.fused.protocol.reply.Notification.Retrieve;
import dev.fused.protocol.reply.Notification.Store;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which notifications that wait can be made one, and which. Pure. */
final class Coalescing {
  /** Of INVAL_INODE. */
  private record InodeKey(long nodeid) {}

  /** Of INVAL_ENTRY. */
  private record EntryKey(long parent, FileName name) {}

  private Coalescing() {}

  /** What notifications that can be joined have in common; null if it can be joined with none. */
  static @Nullable Object key(Notification notification) {
    return switch (notification) {
      case InvalInode inval -> new InodeKey(inval.ino());
      case InvalEntry inval -> new EntryKey(inval.parent(), inval.name());
      case Prune _ -> Prune.class;
      case Store _, Retrieve _ -> null;
      case Notification.PollWakeup _,
          Notification.Delete _,
          Notification.Resend _,
          Notification.IncEpoch _ ->
          notification; // only with its equal
    };
  }

  /**
   * The key that no later notification may use to come before this one: what is stored or retrieved
   * must not be overtaken by an invalidation that came after it.
   */
  static @Nullable Object separates(Notification notification) {
    return switch (notification) {
      case Store store -> new InodeKey(store.nodeid());
      case Retrieve retrieve -> new InodeKey(retrieve.nodeid());
      default -> null;
    };
  }

  /** One notification in place of two with the same key. */
  static Notification join(Notification first, Notification second) {
    if (first instanceof InvalInode a && second instanceof InvalInode b) {
      return join(a, b);
    }
    if (first instanceof InvalEntry a && second instanceof InvalEntry b) {
      // To forget a name includes to look it up again.
      return new InvalEntry(a.parent(), a.flags() & b.flags(), a.name());
    }
    if (first instanceof Prune a && second instanceof Prune b) {
      Set<Long> all = new LinkedHashSet<>(a.nodeids());
      all.addAll(b.nodeids());
      return new Prune(new ArrayList<>(all));
    }
    return first;
  }

  private static InvalInode join(InvalInode a, InvalInode b) {
    if (a.off() < 0 || b.off() < 0) {
      return a.off() < 0 ? b : a; // with data, attributes go as well
    }
    long start = Math.min(a.off(), b.off());
    long end = Math.max(end(a), end(b));
    return new InvalInode(a.ino(), start, end == Long.MAX_VALUE ? 0 : end - start);
  }

  /** The first byte after the range; the largest number for a range up to the end of the file. */
  private static long end(InvalInode range) {
    return range.len() <= 0 || range.len() > Long.MAX_VALUE - range.off()
        ? Long.MAX_VALUE
        : range.off() + range.len();
  }
}
