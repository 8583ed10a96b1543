package dev.fused.conformance;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.ResourceLeakDetector;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Sends frames, good and bad, to our server with the memory file system, and requires of each that
 * it is answered as it must be, and of all that nothing stays behind.
 *
 * <p>Everything comes from one seed, of which each episode gets one of its own: a failure names it,
 * and is shrunk to few frames.
 */
final class HostileInputFuzzer {
  private static final int EPISODE = 100_000;

  /** A tight file system has many answers that wait for space, so there is less of it. */
  private static final int TIGHT_EPISODE = 10_000;

  /** Every so many episodes Netty watches each buffer. */
  private static final int PARANOID = 32;

  /** What the heap may have more of after a collection than after the first one. */
  private static final long HEAP_SLACK = 24L << 20;

  private static final int HEAP_LOOK = 1_000_000;
  private static final long SHRINK_NANOS = 30_000_000_000L;
  private static final int SHOWN_FRAMES = 10;

  private final FuzzStatistics statistics = new FuzzStatistics();
  private final long seed;
  private long firstHeap;
  private int firstDescriptors;

  HostileInputFuzzer(long seed) {
    this.seed = seed;
  }

  FuzzStatistics statistics() {
    return statistics;
  }

  /**
   * Runs episodes until {@code frames} were sent or {@code seconds} are over; one at least.
   *
   * @return how many frames were sent
   */
  long run(long frames, long seconds) throws IOException {
    SplittableRandom seeds = new SplittableRandom(seed);
    long start = System.nanoTime();
    long sent = 0;
    long nextLook = 0;
    try (FuzzLog log = new FuzzLog()) {
      for (int episode = 0; sent < frames || episode == 0; episode++) {
        FuzzSettings settings = FuzzSettings.of(seeds.nextLong());
        sent += episode(settings, episode % PARANOID == PARANOID - 1, log);
        double elapsed = (System.nanoTime() - start) / 1e9;
        if (sent >= nextLook) {
          nextLook = sent + HEAP_LOOK;
          requireHeapOfStart();
          System.out.printf(
              "%,d frames in %.1f s, %,d episodes, %,d warnings, heap %,d KiB%n",
              sent, elapsed, episode + 1, log.warnings(), heap() >> 10);
        }
        if (elapsed > seconds) {
          break;
        }
      }
      requireHeapOfStart();
    }
    return sent;
  }

  private long episode(FuzzSettings settings, boolean paranoid, FuzzLog log) throws IOException {
    ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
    if (paranoid) {
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    }
    int count = settings.tight() ? TIGHT_EPISODE : EPISODE;
    try {
      long sent = new FuzzEpisode(settings, log).run(count, null, statistics);
      if (paranoid) {
        reportLeaks(log);
      }
      return sent;
    } catch (FuzzFailure e) {
      throw explained(settings, count, e, log);
    } finally {
      ResourceLeakDetector.setLevel(level);
    }
  }

  /** A leak is reported when the next buffer is allocated after the collection of the lost one. */
  private static void reportLeaks(FuzzLog log) {
    System.gc();
    for (int i = 0; i < 100; i++) {
      ByteBufAllocator.DEFAULT.directBuffer(16).release();
      Unpooled.directBuffer(16).release();
      Unpooled.buffer(16).release();
    }
    log.check();
  }

  private AssertionError explained(
      FuzzSettings settings, int count, FuzzFailure failure, FuzzLog log) throws IOException {
    List<byte[]> frames = new ArrayList<>();
    StringBuilder text = new StringBuilder(failure.getMessage());
    text.append("\n  seed ").append(seed).append(", episode ").append(settings);
    try {
      new FuzzEpisode(settings, log).run(count, frames, new FuzzStatistics());
      text.append("\n  the episode passes when it is run again");
    } catch (FuzzFailure again) {
      frames = new Shrinker(settings, log, failure.kind()).shrink(frames);
      text.append("\n  shrunk to ").append(frames.size()).append(" frames");
      for (byte[] frame : frames.subList(0, Math.min(SHOWN_FRAMES, frames.size()))) {
        text.append("\n    ").append(HexFormat.of().formatHex(frame));
      }
    }
    return new AssertionError(text.toString(), failure);
  }

  /** Leaves frames out as long as the failure stays the same in kind. */
  private static final class Shrinker {
    private final FuzzSettings settings;
    private final FuzzLog log;
    private final FuzzFailure.Kind kind;
    private final long end = System.nanoTime() + SHRINK_NANOS;

    Shrinker(FuzzSettings settings, FuzzLog log, FuzzFailure.Kind kind) {
      this.settings = settings;
      this.log = log;
      this.kind = kind;
    }

    List<byte[]> shrink(List<byte[]> frames) throws IOException {
      List<byte[]> smallest = frames;
      for (int part = frames.size() / 2; part > 0; part /= 2) {
        for (int at = 0; at < smallest.size() && System.nanoTime() < end; ) {
          List<byte[]> fewer = new ArrayList<>(smallest.subList(0, at));
          fewer.addAll(smallest.subList(Math.min(at + part, smallest.size()), smallest.size()));
          if (fails(fewer)) {
            smallest = fewer;
          } else {
            at += part;
          }
        }
      }
      return smallest;
    }

    private boolean fails(List<byte[]> frames) throws IOException {
      try {
        new FuzzEpisode(settings, log).replay(frames);
        return false;
      } catch (FuzzFailure e) {
        return e.kind() == kind;
      }
    }
  }

  private void requireHeapOfStart() {
    System.gc();
    long heap = heap();
    int descriptors = descriptors();
    if (firstHeap == 0) {
      firstHeap = heap;
      firstDescriptors = descriptors;
    }
    if (heap > firstHeap + HEAP_SLACK || descriptors > firstDescriptors + 10) {
      throw new AssertionError(
          ("after the first episode the heap had %,d bytes, and %d descriptors were open;"
                  + " now %,d and %d")
              .formatted(firstHeap, firstDescriptors, heap, descriptors));
    }
  }

  private static long heap() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private static int descriptors() {
    String[] names = new File("/proc/self/fd").list();
    return names == null ? 0 : names.length;
  }
}
