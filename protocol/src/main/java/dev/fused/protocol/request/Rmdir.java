package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/** RMDIR: rmdir(2). No structure. */
public record Rmdir(RequestHeader header, FileName name) implements FuseRequest {
  static Rmdir decode(RequestHeader header, ByteBuf payload) {
    return new Rmdir(header, Payload.readEntryName(header, payload, "name"));
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
