package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * An inode that a name leads to: the answer to LOOKUP and to all that creates. {@code struct
 * fuse_entry_out}; 120 bytes before 7.9.
 *
 * @param nodeid 0 says that the name does not exist, and lets the kernel remember that; any other
 *     number adds 1 to the inode's lookup count
 * @param generation tells apart inodes that had the same nodeid one after the other
 * @param entryValid seconds for which the kernel may remember the name, with {@code entryValidNsec}
 * @param attrValid seconds for which the kernel may remember the attributes, with {@code
 *     attrValidNsec}
 */
public record EntryOut(
    long nodeid,
    long generation,
    long entryValid,
    long attrValid,
    int entryValidNsec,
    int attrValidNsec,
    Attributes attr)
    implements ReplyBody {
  private static final int HEAD_SIZE = 40;

  static int sizeOnWire(WireFormat format) {
    return HEAD_SIZE + Attributes.sizeOnWire(format);
  }

  public static EntryOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, sizeOnWire(format), "fuse_entry_out");
    long nodeid = in.readLongLE();
    long generation = in.readLongLE();
    long entryValid = in.readLongLE();
    long attrValid = in.readLongLE();
    int entryValidNsec = in.readIntLE();
    int attrValidNsec = in.readIntLE();
    Attributes attr = Attributes.decode(in, format);
    return new EntryOut(
        nodeid, generation, entryValid, attrValid, entryValidNsec, attrValidNsec, attr);
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeLongLE(nodeid);
    out.writeLongLE(generation);
    out.writeLongLE(entryValid);
    out.writeLongLE(attrValid);
    out.writeIntLE(entryValidNsec);
    out.writeIntLE(attrValidNsec);
    attr.encode(out, format);
  }
}
