package dev.fused.conformance;

import dev.fused.fs.memory.AccessTimes;
import dev.fused.fs.memory.MemoryOptions;
import java.util.SplittableRandom;

/**
 * The server and the kernel of one episode, drawn from its seed.
 *
 * @param seed what the frames are drawn from, too
 * @param minor that the kernel speaks
 * @param tight true for a file system that is full most of the time
 * @param serverLocks whether the file system keeps the locks
 * @param strictAtime whether each read renews the access time
 * @param wireLog whether each message is put into words
 * @param refusing whether some answers are not taken, as those of requests that were aborted
 * @param abrupt true if the connection ends in the middle of it all
 */
record FuzzSettings(
    long seed,
    int minor,
    boolean tight,
    boolean serverLocks,
    boolean strictAtime,
    boolean wireLog,
    boolean refusing,
    boolean abrupt) {
  private static final int OLDEST = 12;
  private static final int LATEST = 45;

  /** One episode in so many, on the average. */
  private static final int SOMETIMES = 8;

  private static final int SELDOM = 24;

  static FuzzSettings of(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int minor = random.nextBoolean() ? LATEST : random.nextInt(OLDEST, LATEST + 1);
    return new FuzzSettings(
        seed,
        minor,
        random.nextInt(SELDOM) == 0,
        random.nextBoolean(),
        random.nextInt(SOMETIMES) == 0,
        random.nextInt(SOMETIMES) == 0,
        random.nextInt(SOMETIMES) < 2,
        random.nextInt(SOMETIMES) == 0);
  }

  KernelPreset preset() {
    return new KernelPreset(minor);
  }

  MemoryOptions memory() {
    MemoryOptions options =
        tight
            ? MemoryOptions.of(256 << 10, 40).withMetadata(40 << 10)
            : MemoryOptions.of(32 << 20, 20_000).withMetadata(8 << 20);
    if (serverLocks) {
      options = options.withServerLocks();
    }
    return strictAtime
        ? options.withAccessTimes(new AccessTimes(AccessTimes.Rule.STRICTATIME, true))
        : options;
  }
}
