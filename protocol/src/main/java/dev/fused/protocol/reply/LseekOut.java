package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * The answer to LSEEK. {@code struct fuse_lseek_out}.
 *
 * @param offset where the data or the hole starts
 */
public record LseekOut(long offset) implements ReplyBody {
  private static final int SIZE = 8;

  public static LseekOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "fuse_lseek_out");
    long offset = in.readLongLE();
    return new LseekOut(offset);
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeLongLE(offset);
  }
}
