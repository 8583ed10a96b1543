package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/** REMOVEXATTR: removexattr(2). No structure. */
public record Removexattr(RequestHeader header, FileName name) implements FuseRequest {
  static Removexattr decode(RequestHeader header, ByteBuf payload) {
    return new Removexattr(header, Payload.readText(header, payload, "name"));
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, name);
  }
}
