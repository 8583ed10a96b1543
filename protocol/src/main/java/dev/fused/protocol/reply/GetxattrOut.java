package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * How long the answer to GETXATTR or LISTXATTR would be: when the request's size is 0. {@code
 * struct fuse_getxattr_out}.
 *
 * @param size bytes
 */
public record GetxattrOut(int size) implements ReplyBody {
  private static final int SIZE = 8;

  public static GetxattrOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "fuse_getxattr_out");
    int size = in.readIntLE();
    in.skipBytes(Integer.BYTES);
    return new GetxattrOut(size);
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeIntLE(size);
    out.writeZero(Integer.BYTES);
  }
}
