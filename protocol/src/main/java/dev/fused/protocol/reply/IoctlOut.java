package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * The answer to IOCTL; data follows, or {@link IoctlIovec}s if it asks to retry. {@code struct
 * fuse_ioctl_out}.
 *
 * @param result what ioctl(2) returns; negative for an error
 * @param flags {@link dev.fused.protocol.request.Ioctl#RETRY}
 * @param inIovs how many buffers to read are asked for
 * @param outIovs how many buffers to write are asked for, after those
 */
public record IoctlOut(int result, int flags, int inIovs, int outIovs) implements ReplyBody {
  private static final int SIZE = 16;

  public static IoctlOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "fuse_ioctl_out");
    return new IoctlOut(in.readIntLE(), in.readIntLE(), in.readIntLE(), in.readIntLE());
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeIntLE(result);
    out.writeIntLE(flags);
    out.writeIntLE(inIovs);
    out.writeIntLE(outIovs);
  }
}
