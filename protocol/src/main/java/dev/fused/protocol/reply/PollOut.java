package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * The answer to POLL. {@code struct fuse_poll_out}.
 *
 * @param revents what is ready, of the events asked for, and POLLERR or POLLHUP
 */
public record PollOut(int revents) implements ReplyBody {
  private static final int SIZE = 8;

  public static PollOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "fuse_poll_out");
    int revents = in.readIntLE();
    in.skipBytes(Integer.BYTES);
    return new PollOut(revents);
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeIntLE(revents);
    out.writeZero(Integer.BYTES);
  }
}
