package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/** UNLINK: unlink(2) of what is not a directory. No structure. */
public record Unlink(RequestHeader header, FileName name) implements FuseRequest {
  static Unlink decode(RequestHeader header, ByteBuf payload) {
    return new Unlink(header, Payload.readEntryName(header, payload, "name"));
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
