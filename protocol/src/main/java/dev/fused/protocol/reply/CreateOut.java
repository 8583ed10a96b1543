package dev.fused.protocol.reply;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/** A new file, open: the answer to CREATE and TMPFILE. Both structures one after the other. */
public record CreateOut(EntryOut entry, OpenOut open) implements ReplyBody {
  public static CreateOut decode(ByteBuf in, WireFormat format) {
    return new CreateOut(EntryOut.decode(in, format), OpenOut.decode(in, format));
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    entry.encode(out, format);
    open.encode(out, format);
  }
}
