package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import io.netty.buffer.ByteBuf;

/**
 * What every reply and notification starts with. {@code struct fuse_out_header}.
 *
 * @param len bytes of the whole message
 * @param error 0, or a negative error number down to -511, with which nothing follows; in a
 *     notification its positive code
 * @param unique the id of the request that is answered; 0 in a notification
 */
public record ReplyHeader(int len, int error, long unique) {
  public static final int SIZE = 16;

  public static ReplyHeader decode(ByteBuf in) {
    WireCheck.requireBytes(in, SIZE, "fuse_out_header");
    return new ReplyHeader(in.readIntLE(), in.readIntLE(), in.readLongLE());
  }

  public void encode(ByteBuf out) {
    out.writeIntLE(len);
    out.writeIntLE(error);
    out.writeLongLE(unique);
  }
}
