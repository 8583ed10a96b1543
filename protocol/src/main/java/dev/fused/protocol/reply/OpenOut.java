package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * An open file or directory: the answer to OPEN and OPENDIR. {@code struct fuse_open_out}.
 *
 * @param fh any number; comes with every later request on this handle
 * @param openFlags the bits below
 * @param backingId with {@link #PASSTHROUGH}, what the registration of the backing file returned;
 *     else 0
 */
public record OpenOut(long fh, int openFlags, int backingId) implements ReplyBody {
  /** Reads and writes go past the page cache. */
  public static final int DIRECT_IO = 0x1;

  /** What the page cache already has of this file stays valid. */
  public static final int KEEP_CACHE = 0x2;

  /** lseek(2) fails with ESPIPE. */
  public static final int NONSEEKABLE = 0x4;

  /** What READDIR answers may be cached. */
  public static final int CACHE_DIR = 0x8;

  /** As {@link #NONSEEKABLE}, and there is no file position. */
  public static final int STREAM = 0x10;

  /** No FLUSH at close(2), unless write-back caching is on. */
  public static final int NOFLUSH = 0x20;

  /** Direct writes to one file may run at once; only with {@link #DIRECT_IO}. */
  public static final int PARALLEL_DIRECT_WRITES = 0x40;

  /** The kernel reads and writes the backing file itself. */
  public static final int PASSTHROUGH = 0x80;

  private static final int SIZE = 16;

  public static OpenOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "fuse_open_out");
    return new OpenOut(in.readLongLE(), in.readIntLE(), in.readIntLE());
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh);
    out.writeIntLE(openFlags);
    out.writeIntLE(backingId);
  }
}
