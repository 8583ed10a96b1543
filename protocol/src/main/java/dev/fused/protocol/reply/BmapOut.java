package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * The answer to BMAP. {@code struct fuse_bmap_out}.
 *
 * @param block index of the block on the device
 */
public record BmapOut(long block) implements ReplyBody {
  private static final int SIZE = 8;

  public static BmapOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "fuse_bmap_out");
    long block = in.readLongLE();
    return new BmapOut(block);
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeLongLE(block);
  }
}
