package dev.fused.server.session;

/**
 * What a server asks for in INIT besides the file system's flags. The kernel may grant less.
 *
 * @param maxWrite most bytes of one READ or WRITE, 4 KiB to 256 MiB
 * @param maxReadahead most bytes that the kernel reads ahead; the kernel takes the smaller of this
 *     and its own
 * @param maxBackground most asynchronous requests (readahead, write-back, asynchronous direct I/O)
 *     at once, 1 to 65535
 * @param congestionThreshold asynchronous requests at which the kernel calls the mount congested, 1
 *     to {@code maxBackground}
 */
public record SessionOptions(
    int maxWrite, int maxReadahead, int maxBackground, int congestionThreshold) {
  public static final int MIN_MAX_WRITE = 4096;
  public static final int MAX_MAX_WRITE = 256 << 20;

  public static final SessionOptions DEFAULT =
      new SessionOptions(1 << 20, Integer.MAX_VALUE, 64, 48);

  public SessionOptions {
    requireRange("max_write", maxWrite, MIN_MAX_WRITE, MAX_MAX_WRITE);
    requireRange("max_readahead", maxReadahead, 0, Integer.MAX_VALUE);
    requireRange("max_background", maxBackground, 1, 65535);
    requireRange("congestion_threshold", congestionThreshold, 1, maxBackground);
  }

  private static void requireRange(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be between " + least + " and " + most + ", but is " + value);
    }
  }
}
