package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * MKNOD: mknod(2), and open(2) with O_CREAT when CREATE is not supported. {@code struct
 * fuse_mknod_in}; 8 bytes, without umask, before 7.12.
 *
 * @param mode type and permission bits; the umask is already applied unless {@code DONT_MASK} was
 *     negotiated
 * @param rdev device number of a character or block device
 */
public record Mknod(
    RequestHeader header, int mode, int rdev, int umask, FileName name, Extensions extensions)
    implements FuseRequest {
  private static final int UMASK_SINCE = 12;

  static Mknod decode(RequestHeader header, ByteBuf operation, ByteBuf payload, WireFormat format) {
    int mode = operation.readIntLE();
    int rdev = operation.readIntLE();
    int umask = 0;
    if (!format.before(UMASK_SINCE)) {
      umask = operation.readIntLE();
      operation.skipBytes(Integer.BYTES);
    }
    FileName name = Payload.readEntryName(header, payload, "name");
    return new Mknod(header, mode, rdev, umask, name, Extensions.decode(header, payload));
  }

  /** The directory's nodeid. */
  public long parent() {
    return nodeid();
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(mode);
    out.writeIntLE(rdev);
    if (!format.before(UMASK_SINCE)) {
      out.writeIntLE(umask);
      out.writeZero(Integer.BYTES);
    }
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, name);
    extensions.encode(out);
  }
}
