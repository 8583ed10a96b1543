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
 * @param requestTimeout seconds after which the kernel ends the mount of a server that has not
 *     answered, 1 to 65535 (but at least 15, and looked at every 15 s); 0 for never
 * @param idmap true if the mount may be idmapped, which takes the callers' ids out of requests;
 *     only for mounts with {@code default_permissions}
 */
public record SessionOptions(
    int maxWrite,
    int maxReadahead,
    int maxBackground,
    int congestionThreshold,
    int requestTimeout,
    boolean idmap) {
  public static final int MIN_MAX_WRITE = 4096;
  public static final int MAX_MAX_WRITE = 256 << 20;

  public static final SessionOptions DEFAULT =
      new SessionOptions(1 << 20, Integer.MAX_VALUE, 64, 48, 0, false);

  public SessionOptions {
    requireRange("max_write", maxWrite, MIN_MAX_WRITE, MAX_MAX_WRITE);
    requireRange("max_readahead", maxReadahead, 0, Integer.MAX_VALUE);
    requireRange("max_background", maxBackground, 1, 65535);
    requireRange("congestion_threshold", congestionThreshold, 1, maxBackground);
    requireRange("request_timeout", requestTimeout, 0, 65535);
  }

  private static void requireRange(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be between " + least + " and " + most + ", but is " + value);
    }
  }
}
