package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * SYMLINK: symlink(2). No structure.
 *
 * @param target what the link points to, any bytes but NUL
 */
public record Symlink(RequestHeader header, FileName name, FileName target, Extensions extensions)
    implements FuseRequest {
  static Symlink decode(RequestHeader header, ByteBuf payload) {
    FileName name = Payload.readEntryName(header, payload, "name");
    FileName target = Payload.readText(header, payload, "target");
    return new Symlink(header, name, target, Extensions.decode(header, payload));
  }

  /** The directory's nodeid. */
  public long parent() {
    return nodeid();
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, name);
    Payload.writeName(out, target);
    extensions.encode(out);
  }
}
