package dev.fused.conformance;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.reply.EntryOut;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The inodes that the kernel knows: how many lookups it owes for each, and what it was told that
 * they are. Not thread-safe.
 */
final class LookupCounts {
  private static final int S_IFMT = 0170000;

  /** An inode in the kernel's cache. */
  private record Known(long count, long generation, int type) {}

  private final Map<Long, Known> inodes = new LinkedHashMap<>();

  /**
   * Why the kernel would not take an entry for the inode that it knows by this nodeid, null if it
   * would.
   */
  @Nullable String conflict(EntryOut entry) {
    Known known = inodes.get(entry.nodeid());
    if (known == null) {
      return null;
    }
    if (known.generation != entry.generation()) {
      return "nodeid %d is in use with generation %d, and is given out with generation %d"
          .formatted(entry.nodeid(), known.generation, entry.generation());
    }
    return typeConflict(entry.nodeid(), entry.attr().mode());
  }

  /** Why a mode cannot be that of the inode behind a nodeid, null if it can. */
  @Nullable String typeConflict(long nodeid, int mode) {
    Known known = inodes.get(nodeid);
    if (known == null || known.type == (mode & S_IFMT)) {
      return null;
    }
    return "the type of nodeid %d was %o, and is now %o"
        .formatted(nodeid, known.type, mode & S_IFMT);
  }

  void add(EntryOut entry) {
    if (entry.nodeid() == 0 || entry.nodeid() == FuseFileSystem.ROOT) {
      return;
    }
    inodes.merge(
        entry.nodeid(),
        new Known(1, entry.generation(), entry.attr().mode() & S_IFMT),
        (known, one) -> new Known(known.count + 1, known.generation, known.type));
  }

  long count(long nodeid) {
    Known known = inodes.get(nodeid);
    return known == null ? 0 : known.count;
  }

  /** The kernel gives lookups back; it never gives back more than it got. */
  void take(long nodeid, long nlookup) {
    inodes.computeIfPresent(
        nodeid,
        (id, known) ->
            known.count <= nlookup
                ? null
                : new Known(known.count - nlookup, known.generation, known.type));
  }

  /** All lookups that are owed, by nodeid; a copy. */
  Map<Long, Long> owed() {
    Map<Long, Long> owed = new LinkedHashMap<>();
    inodes.forEach((nodeid, known) -> owed.put(nodeid, known.count));
    return owed;
  }
}
