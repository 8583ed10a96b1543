package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * MKDIR: mkdir(2). {@code struct fuse_mkdir_in}; umask is 0 before 7.12.
 *
 * @param mode permission bits; the umask is already applied unless {@code DONT_MASK} was negotiated
 */
public record Mkdir(RequestHeader header, int mode, int umask, FileName name, Extensions extensions)
    implements FuseRequest {
  static Mkdir decode(RequestHeader header, ByteBuf operation, ByteBuf payload) {
    int mode = operation.readIntLE();
    int umask = operation.readIntLE();
    FileName name = Payload.readEntryName(header, payload, "name");
    return new Mkdir(header, mode, umask, name, Extensions.decode(header, payload));
  }

  /** The directory's nodeid. */
  public long parent() {
    return nodeid();
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(mode);
    out.writeIntLE(umask);
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, name);
    extensions.encode(out);
  }
}
