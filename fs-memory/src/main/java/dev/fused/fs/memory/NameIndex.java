package dev.fused.fs.memory;

import dev.fused.protocol.FileName;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a directory by name: a hash table that grows and shrinks by one bucket at a time
 * (linear hashing), so that no operation pays for a million others.
 *
 * <p>Bucket numbers are the low bits of the hash: as many as {@code buckets - 1} needs, one bit
 * less for those buckets that do not exist yet. Not thread-safe: the directory's lock guards it.
 */
final class NameIndex {
  /** Unknown outside, so that nobody can choose names that all fall into one bucket. */
  private static final long SEED = ThreadLocalRandom.current().nextLong();

  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final int MIN_BUCKETS = 4;
  private static final int SEGMENT_BITS = 9;
  private static final int SEGMENT = 1 << SEGMENT_BITS;

  /** Chains of entries; all segments but the last are full. */
  private @Nullable Entry[][] segments = {new @Nullable Entry[MIN_BUCKETS]};

  private int buckets = MIN_BUCKETS;
  private int size;

  int size() {
    return size;
  }

  @Nullable Entry get(FileName name) {
    Entry entry = head(bucket(hash(name)));
    while (entry != null && !entry.name.equals(name)) {
      entry = entry.nextInBucket;
    }
    return entry;
  }

  /** Adds an entry whose name is not there yet. */
  void add(Entry entry) {
    push(bucket(hash(entry.name)), entry);
    size++;
    if (size > buckets) {
      split();
    }
  }

  /** Removes an entry that is there; its name must be the one that it was added with. */
  void remove(Entry entry) {
    int bucket = bucket(hash(entry.name));
    Entry at = head(bucket);
    if (at == entry) {
      setHead(bucket, entry.nextInBucket);
    } else {
      while (at != null && at.nextInBucket != entry) {
        at = at.nextInBucket;
      }
      if (at == null) {
        throw new IllegalStateException(entry.name + " is not in the index");
      }
      at.nextInBucket = entry.nextInBucket;
    }
    entry.nextInBucket = null;
    size--;
    if (size < buckets / 2 && buckets > MIN_BUCKETS) {
      merge();
    }
  }

  /** Appends a bucket and moves to it what belongs there. */
  private void split() {
    int added = buckets;
    makeRoom(added);
    int from = added - Integer.highestOneBit(added);
    buckets++;
    Entry entry = head(from);
    setHead(from, null);
    while (entry != null) {
      Entry next = entry.nextInBucket;
      push(bucket(hash(entry.name)), entry);
      entry = next;
    }
  }

  /** Gives the entries of the last bucket back to the one that they were split from. */
  private void merge() {
    int removed = buckets - 1;
    buckets--;
    Entry entry = head(removed);
    setHead(removed, null);
    while (entry != null) {
      Entry next = entry.nextInBucket;
      push(bucket(hash(entry.name)), entry);
      entry = next;
    }
    giveRoom();
  }

  private void makeRoom(int bucket) {
    int segment = bucket >>> SEGMENT_BITS;
    if (segment == segments.length) {
      // Room for the segment itself; the list is short: 2,000 segments for a million entries.
      segments = Arrays.copyOf(segments, segment + 1);
      segments[segment] = new @Nullable Entry[SEGMENT];
    } else if (segment == 0 && bucket == segments[0].length) {
      segments[0] = Arrays.copyOf(segments[0], bucket * 2);
    }
  }

  private void giveRoom() {
    int last = segments.length - 1;
    int used = buckets - (last << SEGMENT_BITS);
    if (last > 0 && used <= 0) {
      segments = Arrays.copyOf(segments, last);
    } else if (last == 0 && used <= segments[0].length / 4) {
      segments[0] = Arrays.copyOf(segments[0], segments[0].length / 2);
    }
  }

  private int bucket(int hash) {
    int half = Integer.highestOneBit(buckets - 1);
    int bucket = hash & (half * 2 - 1);
    return bucket < buckets ? bucket : bucket - half;
  }

  private @Nullable Entry head(int bucket) {
    return segments[bucket >>> SEGMENT_BITS][bucket & SEGMENT - 1];
  }

  private void setHead(int bucket, @Nullable Entry entry) {
    segments[bucket >>> SEGMENT_BITS][bucket & SEGMENT - 1] = entry;
  }

  private void push(int bucket, Entry entry) {
    entry.nextInBucket = head(bucket);
    setHead(bucket, entry);
  }

  private static int hash(FileName name) {
    long hash = SEED;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.byteAt(i)) * MULTIPLIER;
      hash ^= hash >>> 32;
    }
    return (int) hash;
  }
}
