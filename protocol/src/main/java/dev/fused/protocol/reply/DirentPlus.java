package dev.fused.protocol.reply;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * An entry of a directory with its attributes: READDIRPLUS answers with as many as fit. {@code
 * struct fuse_direntplus}.
 *
 * @param entry counts as a lookup, unless its nodeid is 0 or the name is "." or ".."
 */
public record DirentPlus(EntryOut entry, Dirent dirent) implements ReplyBody {
  public static DirentPlus decode(ByteBuf in, WireFormat format) {
    return new DirentPlus(EntryOut.decode(in, format), Dirent.decode(in, format));
  }

  /** True if the kernel adds 1 to the entry's lookup count. */
  public boolean countsAsLookup() {
    return entry.nodeid() != 0 && !dirent.name().isDotOrDotDot();
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    entry.encode(out, format);
    dirent.encode(out, format);
  }
}
