package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * The answer to STATFS. {@code struct fuse_statfs_out}; 48 bytes, up to namelen, before 7.4.
 *
 * @param blocks all there are, in units of {@code frsize}
 * @param bfree not used
 * @param bavail not used and not reserved for root
 * @param files inodes, all there may be
 * @param ffree inodes that may still be made
 * @param bsize preferred bytes of a read or write
 * @param namelen the most bytes of a name
 * @param frsize bytes of a block
 */
public record StatfsOut(
    long blocks,
    long bfree,
    long bavail,
    long files,
    long ffree,
    int bsize,
    int namelen,
    int frsize)
    implements ReplyBody {
  private static final int SIZE = 80;
  private static final int SHORT_SIZE = 48;
  private static final int LONG_SINCE = 4;
  private static final int SPARE = 28;

  public static StatfsOut decode(ByteBuf in, WireFormat format) {
    boolean isShort = format.before(LONG_SINCE);
    WireCheck.requireBytes(in, isShort ? SHORT_SIZE : SIZE, "fuse_statfs_out");
    long blocks = in.readLongLE();
    long bfree = in.readLongLE();
    long bavail = in.readLongLE();
    long files = in.readLongLE();
    long ffree = in.readLongLE();
    int bsize = in.readIntLE();
    int namelen = in.readIntLE();
    int frsize = 0;
    if (!isShort) {
      frsize = in.readIntLE();
      in.skipBytes(SPARE);
    }
    return new StatfsOut(blocks, bfree, bavail, files, ffree, bsize, namelen, frsize);
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeLongLE(blocks);
    out.writeLongLE(bfree);
    out.writeLongLE(bavail);
    out.writeLongLE(files);
    out.writeLongLE(ffree);
    out.writeIntLE(bsize);
    out.writeIntLE(namelen);
    if (!format.before(LONG_SINCE)) {
      out.writeIntLE(frsize);
      out.writeZero(SPARE);
    }
  }
}
