package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * How much was written: the answer to WRITE and COPY_FILE_RANGE. {@code struct fuse_write_out}.
 *
 * @param size bytes, at most what was asked for
 */
public record WriteOut(int size) implements ReplyBody {
  private static final int SIZE = 8;

  public static WriteOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "fuse_write_out");
    int size = in.readIntLE();
    in.skipBytes(Integer.BYTES);
    return new WriteOut(size);
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeIntLE(size);
    out.writeZero(Integer.BYTES);
  }
}
