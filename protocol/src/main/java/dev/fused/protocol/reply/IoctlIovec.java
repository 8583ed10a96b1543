package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * A buffer of the caller that an ioctl asks for. {@code struct fuse_ioctl_iovec}.
 *
 * @param base its address in the caller's memory
 */
public record IoctlIovec(long base, long len) implements ReplyBody {
  private static final int SIZE = 16;

  public static IoctlIovec decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "fuse_ioctl_iovec");
    return new IoctlIovec(in.readLongLE(), in.readLongLE());
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeLongLE(base);
    out.writeLongLE(len);
  }
}
