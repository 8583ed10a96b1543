package dev.fused.protocol.reply;

import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * Attributes of an inode: the answer to GETATTR and SETATTR. {@code struct fuse_attr_out}; 96 bytes
 * before 7.9.
 *
 * @param attrValid seconds for which the kernel may remember the attributes, with {@code
 *     attrValidNsec}
 */
public record AttrOut(long attrValid, int attrValidNsec, Attributes attr) implements ReplyBody {
  private static final int HEAD_SIZE = 16;

  public static AttrOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, HEAD_SIZE + Attributes.sizeOnWire(format), "fuse_attr_out");
    long attrValid = in.readLongLE();
    int attrValidNsec = in.readIntLE();
    in.skipBytes(Integer.BYTES);
    return new AttrOut(attrValid, attrValidNsec, Attributes.decode(in, format));
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeLongLE(attrValid);
    out.writeIntLE(attrValidNsec);
    out.writeZero(Integer.BYTES);
    attr.encode(out, format);
  }
}
