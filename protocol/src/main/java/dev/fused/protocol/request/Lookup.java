package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * LOOKUP: the first use of a name in a path. No structure.
 *
 * @param name "." and ".." come only when {@code EXPORT_SUPPORT} was negotiated
 */
public record Lookup(RequestHeader header, FileName name) implements FuseRequest {
  static Lookup decode(RequestHeader header, ByteBuf payload) {
    return new Lookup(header, Payload.readLookupName(header, payload, "name"));
  }

  /** The directory's nodeid. */
  public long parent() {
    return nodeid();
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, name);
  }
}
