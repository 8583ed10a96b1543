package dev.fused.protocol.reply;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * An entry of a directory: READDIR answers with as many as fit. {@code struct fuse_dirent}, the
 * name, and zeros up to a multiple of 8.
 *
 * @param off given back as the request's offset to continue after this entry; never 0
 * @param type DT_ number: the type bits of a mode, shifted right by 12
 */
public record Dirent(long ino, long off, int type, FileName name) implements ReplyBody {
  static final int HEAD_SIZE = 24;

  private static final int ALIGNMENT = 8;

  public static Dirent decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, HEAD_SIZE, "fuse_dirent");
    long ino = in.readLongLE();
    long off = in.readLongLE();
    int namelen = in.readIntLE();
    int type = in.readIntLE();
    if (namelen <= 0 || namelen > in.readableBytes()) {
      throw WireCheck.violation(
          "fuse_dirent", "namelen", Integer.toUnsignedLong(namelen), "1 to " + in.readableBytes());
    }
    FileName name = FileName.read(in, namelen);
    WireCheck.requireBytes(in, padding(namelen), "padding of fuse_dirent");
    in.skipBytes(padding(namelen));
    return new Dirent(ino, off, type, name);
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    encode(out, ino, off, type, name);
  }

  static void encode(ByteBuf out, long ino, long off, int type, FileName name) {
    out.writeLongLE(ino);
    out.writeLongLE(off);
    out.writeIntLE(name.length());
    out.writeIntLE(type);
    name.writeTo(out);
    out.writeZero(padding(name.length()));
  }

  /** Bytes of an entry whose name has {@code namelen} bytes. */
  static int sizeOnWire(int namelen) {
    return HEAD_SIZE + namelen + padding(namelen);
  }

  private static int padding(int namelen) {
    return -namelen & ALIGNMENT - 1;
  }
}
