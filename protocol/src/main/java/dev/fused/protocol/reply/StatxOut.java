package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * Extended attributes of an inode: the answer to STATX. {@code struct fuse_statx_out}.
 *
 * @param attrValid seconds for which the kernel may remember the attributes, with {@code
 *     attrValidNsec}
 * @param flags none defined
 */
public record StatxOut(long attrValid, int attrValidNsec, int flags, Statx stat)
    implements ReplyBody {
  private static final int SIZE = 288;
  private static final int SPARE = 16;

  public static StatxOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "fuse_statx_out");
    long attrValid = in.readLongLE();
    int attrValidNsec = in.readIntLE();
    int flags = in.readIntLE();
    in.skipBytes(SPARE);
    return new StatxOut(attrValid, attrValidNsec, flags, Statx.decode(in));
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeLongLE(attrValid);
    out.writeIntLE(attrValidNsec);
    out.writeIntLE(flags);
    out.writeZero(SPARE);
    stat.encode(out);
  }
}
