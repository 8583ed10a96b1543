package dev.fused.protocol.reply;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireCheck;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer to CUSE_INIT: makes the character device. {@code struct cuse_init_out} and strings
 * closed by NUL.
 *
 * @param flags {@code UNRESTRICTED_IOCTL}
 * @param maxRead the most bytes of a READ
 * @param maxWrite the most bytes of a WRITE
 * @param devMajor of the device, 0 for any
 * @param info {@code KEY=VALUE} strings, together at most 4096 bytes; {@code DEVNAME=…} is required
 */
public record CuseInitOut(
    int major,
    int minor,
    int flags,
    int maxRead,
    int maxWrite,
    int devMajor,
    int devMinor,
    List<FileName> info)
    implements ReplyBody {
  private static final int SIZE = 72;
  private static final int SPARE = 40;
  private static final byte NUL = 0;

  public CuseInitOut {
    info = List.copyOf(info);
  }

  /** Decodes all that is left of {@code in}. */
  public static CuseInitOut decode(ByteBuf in, WireFormat format) {
    WireCheck.requireBytes(in, SIZE, "cuse_init_out");
    int major = in.readIntLE();
    int minor = in.readIntLE();
    in.skipBytes(Integer.BYTES);
    int flags = in.readIntLE();
    int maxRead = in.readIntLE();
    int maxWrite = in.readIntLE();
    int devMajor = in.readIntLE();
    int devMinor = in.readIntLE();
    in.skipBytes(SPARE);
    List<FileName> info = new ArrayList<>();
    while (in.isReadable()) {
      int length = in.bytesBefore(NUL);
      if (length < 0) {
        throw WireCheck.violation(
            "cuse_init_out", "length of an info string", in.readableBytes(), "a NUL that ends it");
      }
      info.add(FileName.read(in, length));
      in.skipBytes(1);
    }
    return new CuseInitOut(major, minor, flags, maxRead, maxWrite, devMajor, devMinor, info);
  }

  @Override
  public void encode(ByteBuf out, WireFormat format) {
    out.writeIntLE(major);
    out.writeIntLE(minor);
    out.writeZero(Integer.BYTES);
    out.writeIntLE(flags);
    out.writeIntLE(maxRead);
    out.writeIntLE(maxWrite);
    out.writeIntLE(devMajor);
    out.writeIntLE(devMinor);
    out.writeZero(SPARE);
    for (FileName string : info) {
      string.writeTo(out);
      out.writeByte(NUL);
    }
  }
}
