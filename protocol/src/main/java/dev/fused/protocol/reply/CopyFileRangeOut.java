package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * How much was copied: the answer to COPY_FILE_RANGE_64. {@code struct fuse_copy_file_range_out}.
 *
 * @param bytesCopied bytes, at most what was asked for
 */
public record CopyFileRangeOut(long bytesCopied) implements ReplyBody {
  private static final int SIZE = 8;

  public static CopyFileRangeOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "fuse_copy_file_range_out");
    long bytesCopied = in.readLongLE();
    return new CopyFileRangeOut(bytesCopied);
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeLongLE(bytesCopied);
  }
}
