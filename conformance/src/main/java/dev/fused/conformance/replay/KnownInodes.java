package dev.fused.conformance.replay;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.request.Setattr;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The inodes of a capture, and what the server under replay calls them. As long as the kernel knows
 * an inode, both sides have to stay with the names that they gave it: nodeid, generation and inode
 * number. Not thread-safe.
 */
final class KnownInodes {
  /** Seconds and nanoseconds of a time that users set. */
  private record Time(long seconds, int nanos) {}

  /** One inode. */
  static final class Inode {
    private final long captured;
    private final long actual;
    private long capturedGeneration;
    private long actualGeneration;
    private boolean inoKnown;
    private long capturedIno;
    private long actualIno;
    private long lookups;
    private @Nullable Time atime;
    private @Nullable Time mtime;
    private @Nullable Time ctime;

    private Inode(long captured, long actual) {
      this.captured = captured;
      this.actual = actual;
    }

    /** Remembers the times that a request sets. */
    void timesSet(Setattr request) {
      int valid = request.valid();
      if ((valid & Setattr.ATIME) != 0) {
        boolean now = (valid & Setattr.ATIME_NOW) != 0;
        atime = now ? null : new Time(request.atime(), request.atimensec());
      }
      if ((valid & Setattr.MTIME) != 0) {
        boolean now = (valid & Setattr.MTIME_NOW) != 0;
        mtime = now ? null : new Time(request.mtime(), request.mtimensec());
      }
      if ((valid & Setattr.CTIME) != 0) {
        ctime = new Time(request.ctime(), request.ctimensec());
      }
    }

    /**
     * True if a captured time is one that users set, not one of the server's clock.
     *
     * @param name atime, mtime or ctime
     */
    boolean isSet(String name, long seconds, int nanos) {
      Time set =
          switch (name) {
            case "atime" -> atime;
            case "mtime" -> mtime;
            case "ctime" -> ctime;
            default -> null;
          };
      return set != null && set.seconds == seconds && set.nanos == nanos;
    }
  }

  private final Map<Long, Inode> byCaptured = new HashMap<>();

  /** Those that the kernel knows. */
  private final Map<Long, Inode> byActual = new HashMap<>();

  private final Map<Long, Inode> byCapturedIno = new HashMap<>();

  KnownInodes() {
    Inode root = new Inode(FuseFileSystem.ROOT, FuseFileSystem.ROOT);
    root.lookups = Long.MAX_VALUE / 2; // it is never forgotten
    byCaptured.put(root.captured, root);
    byActual.put(root.actual, root);
  }

  /** The inode that the capture calls so, also if it was forgotten; null if there was none. */
  @Nullable Inode find(long captured) {
    return byCaptured.get(captured);
  }

  /** What the server under replay calls an inode of the capture, null if it has no name there. */
  @Nullable Long actual(long captured) {
    Inode inode = byCaptured.get(captured);
    return inode == null ? null : inode.actual;
  }

  /**
   * Both servers have answered with an entry, which counts as a lookup. Neither is negative.
   *
   * @param differences gets what contradicts what is known
   */
  void lookedUp(EntryOut captured, EntryOut actual, String path, List<Difference> differences) {
    Inode inode = byCaptured.get(captured.nodeid());
    if (inode != null && inode.lookups > 0) {
      inode.lookups++;
      if (actual.nodeid() != inode.actual) {
        differences.add(
            Difference.of(
                path + "nodeid",
                captured.nodeid() + ", which is " + inode.actual + " in this replay",
                describe(actual.nodeid())));
      } else if (captured.generation() == inode.capturedGeneration
          && actual.generation() != inode.actualGeneration) {
        differences.add(
            Difference.of(path + "generation", inode.actualGeneration, actual.generation()));
      }
    } else {
      if (byActual.containsKey(actual.nodeid())) {
        differences.add(
            Difference.of(
                path + "nodeid",
                captured.nodeid() + ", an inode that the kernel does not know yet",
                describe(actual.nodeid())));
      }
      inode = enter(captured.nodeid(), actual.nodeid(), inode);
    }
    inode.capturedGeneration = captured.generation();
    inode.actualGeneration = actual.generation();
  }

  private Inode enter(long captured, long actual, @Nullable Inode before) {
    Inode inode = new Inode(captured, actual);
    inode.lookups = 1;
    if (before != null) {
      inode.atime = before.atime;
      inode.mtime = before.mtime;
      inode.ctime = before.ctime;
    }
    byCaptured.put(captured, inode);
    byActual.put(actual, inode);
    return inode;
  }

  /** As the server under replay says it, and what that is in the capture. */
  private String describe(long actual) {
    Inode inode = byActual.get(actual);
    return inode == null || inode.captured == actual
        ? Long.toUnsignedString(actual)
        : Long.toUnsignedString(actual) + ", which is " + inode.captured + " in the capture";
  }

  /** The kernel gives lookups back. */
  void forget(long captured, long nlookup) {
    Inode inode = byCaptured.get(captured);
    if (inode == null) {
      return;
    }
    inode.lookups = Math.max(0, inode.lookups - nlookup);
    if (inode.lookups == 0) {
      byActual.remove(inode.actual, inode);
      byCapturedIno.remove(inode.capturedIno, inode);
    }
  }

  /** Attributes of an inode show its inode number. */
  void numbered(
      Inode inode, long captured, long actual, String path, List<Difference> differences) {
    if (inode.inoKnown && captured == inode.capturedIno && actual != inode.actualIno) {
      differences.add(
          Difference.of(
              path + "ino",
              captured + ", which is " + inode.actualIno + " in this replay",
              Long.toUnsignedString(actual)));
    }
    inode.inoKnown = true;
    inode.capturedIno = captured;
    inode.actualIno = actual;
    if (inode.lookups > 0) {
      byCapturedIno.put(captured, inode);
    }
  }

  /** An entry of a directory shows an inode number, which says something if its inode is known. */
  void listed(long captured, long actual, String path, List<Difference> differences) {
    Inode inode = byCapturedIno.get(captured);
    if (inode != null && actual != inode.actualIno) {
      differences.add(
          Difference.of(
              path + "ino",
              captured + ", which is " + inode.actualIno + " in this replay",
              Long.toUnsignedString(actual)));
    }
  }
}
