package dev.fused.filesystem;

import dev.fused.protocol.reply.OpenOut;

/**
 * What an open file asks of the kernel: the {@code FOPEN_*} bits of {@code struct fuse_open_out},
 * and the file that {@link BackingFiles} put in its place. Combine with {@link #and}: {@code
 * OpenFlags.KEEP_CACHE.and(OpenFlags.NOFLUSH)}.
 *
 * @param bits the bits as the kernel defines them
 * @param backingId what {@link #passthrough} was given; 0 for none
 */
public record OpenFlags(int bits, int backingId) {
  /** Nothing special: cached reads and writes, the cache emptied at open. */
  public static final OpenFlags NONE = new OpenFlags(0);

  /** Reads and writes bypass the page cache; each becomes a request. */
  public static final OpenFlags DIRECT_IO = new OpenFlags(OpenOut.DIRECT_IO);

  /** What the page cache holds of this file stays valid at open. */
  public static final OpenFlags KEEP_CACHE = new OpenFlags(OpenOut.KEEP_CACHE);

  /** lseek(2) fails with ESPIPE. */
  public static final OpenFlags NONSEEKABLE = new OpenFlags(OpenOut.NONSEEKABLE);

  /**
   * OPENDIR: entries may be kept in the page cache; with {@link #KEEP_CACHE} across opens. libfuse
   * calls it cache_readdir.
   */
  public static final OpenFlags CACHE_DIR = new OpenFlags(OpenOut.CACHE_DIR);

  /** The file has no position at all, as a pipe; includes {@link #NONSEEKABLE}. */
  public static final OpenFlags STREAM = new OpenFlags(OpenOut.STREAM | OpenOut.NONSEEKABLE);

  /** No FLUSH at close(2), unless write-back caching is on. */
  public static final OpenFlags NOFLUSH = new OpenFlags(OpenOut.NOFLUSH);

  /** Direct writes to one file may run in parallel; only together with {@link #DIRECT_IO}. */
  public static final OpenFlags PARALLEL_DIRECT_WRITES =
      new OpenFlags(OpenOut.PARALLEL_DIRECT_WRITES);

  private OpenFlags(int bits) {
    this(bits, 0);
  }

  /**
   * The kernel reads, writes and maps the backing file itself. Goes together with {@link #NOFLUSH}
   * and {@link #DIRECT_IO}, which sends reads and writes to the server again, and with nothing
   * else.
   *
   * @param backingId what {@link BackingFiles#open} returned
   * @throws IllegalArgumentException if that was an error
   */
  public static OpenFlags passthrough(int backingId) {
    if (backingId < 1) {
      throw new IllegalArgumentException("not the id of a backing file: " + backingId);
    }
    return new OpenFlags(OpenOut.PASSTHROUGH, backingId);
  }

  /** Both sets of flags. At most one has a backing file. */
  public OpenFlags and(OpenFlags other) {
    return new OpenFlags(bits | other.bits, backingId | other.backingId);
  }

  /** True if all flags of {@code other} are set. */
  public boolean has(OpenFlags other) {
    return (bits & other.bits) == other.bits;
  }
}
