package dev.fused.conformance.replay;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The open files and directories of a capture, and the positions in directories: what the server
 * under replay calls them. What it was never told of keeps its number. Not thread-safe.
 */
final class KnownHandles {
  /** A handle or a position, with the nodeid that the capture has for its file or directory. */
  private record Key(long nodeid, long number) {}

  /** A server need not tell the handles of a file apart; then the oldest one stands for all. */
  private final Map<Key, Deque<Long>> handles = new HashMap<>();

  /** Only those that differ. */
  private final Map<Key, Long> cookies = new HashMap<>();

  void opened(long nodeid, long captured, long actual) {
    handles.computeIfAbsent(new Key(nodeid, captured), _ -> new ArrayDeque<>()).add(actual);
  }

  long handle(long nodeid, long captured) {
    Deque<Long> open = handles.get(new Key(nodeid, captured));
    return open == null ? captured : open.getFirst();
  }

  void released(long nodeid, long captured) {
    handles.computeIfPresent(
        new Key(nodeid, captured),
        (_, open) -> {
          open.removeFirst();
          return open.isEmpty() ? null : open;
        });
  }

  /** An entry of a directory was listed with the position after it. */
  void listed(long nodeid, long captured, long actual) {
    if (captured == actual) {
      cookies.remove(new Key(nodeid, captured));
    } else {
      cookies.put(new Key(nodeid, captured), actual);
    }
  }

  long cookie(long nodeid, long captured) {
    return cookies.getOrDefault(new Key(nodeid, captured), captured);
  }
}
