package dev.fused.conformance;

import java.util.ArrayList;
import java.util.List;

/** What is open: each successful OPEN, OPENDIR, CREATE and TMPFILE, until its release. */
final class Handles {
  /**
   * One open file or directory.
   *
   * @param fh the server's number, which several handles may share
   */
  record Handle(long nodeid, long fh, boolean directory) {}

  private final List<Handle> open = new ArrayList<>();

  void opened(Handle handle) {
    open.add(handle);
  }

  /** One release is for one open, whatever the numbers are. */
  void released(Handle handle) {
    open.remove(handle);
  }

  /** What is open now; a copy. */
  List<Handle> open() {
    return List.copyOf(open);
  }
}
