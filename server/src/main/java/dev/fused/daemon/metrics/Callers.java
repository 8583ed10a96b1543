package dev.fused.daemon.metrics;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Who makes the requests, by user and thread. Exists only while somebody looks. Counted on all
 * loops.
 */
final class Callers {
  /** So many are told apart; further ones are not counted. */
  private static final int MOST = 10_000;

  private final Map<Long, LongAdder> counts = new ConcurrentHashMap<>();

  void count(int uid, int pid) {
    long key = (long) uid << 32 | Integer.toUnsignedLong(pid);
    LongAdder count = counts.get(key);
    if (count == null) {
      if (counts.size() >= MOST) {
        return;
      }
      count = counts.computeIfAbsent(key, added -> new LongAdder());
    }
    count.increment();
  }

  /** The counts so far, by user id in the upper half of the key and thread id in the lower. */
  Map<Long, Long> counts() {
    Map<Long, Long> result = new TreeMap<>();
    counts.forEach((key, count) -> result.put(key, count.sum()));
    return result;
  }
}
