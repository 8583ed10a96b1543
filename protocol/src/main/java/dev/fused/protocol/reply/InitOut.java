package dev.fused.protocol.reply;

import dev.fused.protocol.InitFlag;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * The answer to INIT: what the server speaks and will honour. {@code struct fuse_init_out}; 24
 * bytes for a kernel before 7.23, 8 before 7.5.
 *
 * @param maxReadahead bytes, at most what the kernel offered
 * @param flags the {@link InitFlag}s that were offered and will be honoured: the first word, and
 *     from bit 32 on the second, which the kernel reads only with {@link InitFlag#INIT_EXT}
 * @param maxBackground asynchronous requests at once, 0 to 65535; 0 keeps the kernel's default
 * @param congestionThreshold as many of them make the kernel hesitate, 0 to 65535; 0 keeps the
 *     default
 * @param maxWrite the most bytes of a WRITE
 * @param timeGran granularity of times in nanoseconds, 1 to 1,000,000,000
 * @param maxPages the most pages of a request, with {@link InitFlag#MAX_PAGES}; 0 to 65535
 * @param mapAlignment logarithm of the alignment of mappings, with {@link InitFlag#MAP_ALIGNMENT}
 * @param maxStackDepth 1 or 2 with {@link InitFlag#PASSTHROUGH}, else 0
 * @param requestTimeout seconds, with {@link InitFlag#REQUEST_TIMEOUT}; 0 to 65535
 */
public record InitOut(
    int major,
    int minor,
    int maxReadahead,
    long flags,
    int maxBackground,
    int congestionThreshold,
    int maxWrite,
    int timeGran,
    int maxPages,
    int mapAlignment,
    int maxStackDepth,
    int requestTimeout)
    implements ReplyBody {
  private static final int SIZE = 64;
  private static final int SHORT_SIZE = 24;
  private static final int VERSION_SIZE = 8;
  private static final int LONG_SINCE = 23;
  private static final int FLAGS_SINCE = 5;
  private static final int RESERVED_TAIL = 22;

  /**
   * Decodes all that is left of {@code in}, by its length; {@code format} does not matter.
   *
   * @throws ProtocolException if that is not 8, 24 or 64
   */
  public static InitOut decode(ByteBuf in, WireFormat format) {
    int length = in.readableBytes();
    if (length != VERSION_SIZE && length != SHORT_SIZE && length != SIZE) {
      throw WireCheck.violation("fuse_init_out", "length", length, "8, 24 or 64");
    }
    int major = in.readIntLE();
    int minor = in.readIntLE();
    if (length == VERSION_SIZE) {
      return new InitOut(major, minor, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }
    int maxReadahead = in.readIntLE();
    long flags = in.readUnsignedIntLE();
    int maxBackground = in.readUnsignedShortLE();
    int congestionThreshold = in.readUnsignedShortLE();
    int maxWrite = in.readIntLE();
    if (length == SHORT_SIZE) {
      return new InitOut(
          major,
          minor,
          maxReadahead,
          flags,
          maxBackground,
          congestionThreshold,
          maxWrite,
          0,
          0,
          0,
          0,
          0);
    }
    int timeGran = in.readIntLE();
    int maxPages = in.readUnsignedShortLE();
    int mapAlignment = in.readUnsignedShortLE();
    long flags2 = in.readUnsignedIntLE();
    int maxStackDepth = in.readIntLE();
    int requestTimeout = in.readUnsignedShortLE();
    in.skipBytes(RESERVED_TAIL);
    if ((flags & InitFlag.INIT_EXT.bit()) != 0) {
      flags |= flags2 << Integer.SIZE;
    }
    return new InitOut(
        major,
        minor,
        maxReadahead,
        flags,
        maxBackground,
        congestionThreshold,
        maxWrite,
        timeGran,
        maxPages,
        mapAlignment,
        maxStackDepth,
        requestTimeout);
  }

  /**
   * Appends what a kernel of {@code format}'s minor expects: the kernel's own minor, not the agreed
   * one.
   */
  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeIntLE(major);
    out.writeIntLE(minor);
    if (format.before(FLAGS_SINCE)) {
      return;
    }
    out.writeIntLE(maxReadahead);
    out.writeIntLE((int) flags);
    out.writeShortLE(maxBackground);
    out.writeShortLE(congestionThreshold);
    out.writeIntLE(maxWrite);
    if (format.before(LONG_SINCE)) {
      return;
    }
    out.writeIntLE(timeGran);
    out.writeShortLE(maxPages);
    out.writeShortLE(mapAlignment);
    out.writeIntLE((int) (flags >>> Integer.SIZE));
    out.writeIntLE(maxStackDepth);
    out.writeShortLE(requestTimeout);
    out.writeZero(RESERVED_TAIL);
  }
}
