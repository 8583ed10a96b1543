package dev.fused.protocol.reply;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * The answer to GETLK. {@code struct fuse_lk_out}.
 *
 * @param lk a lock that is in the way, or one of type {@link FileLock#UNLOCK} if there is none
 */
public record LkOut(FileLock lk) implements ReplyBody {
  public static LkOut decode(ByteBuf in, WireFormat format) {
    return new LkOut(FileLock.decode(in));
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    lk.encode(out);
  }
}
