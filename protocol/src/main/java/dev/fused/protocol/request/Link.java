package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * LINK: link(2). {@code struct fuse_link_in}.
 *
 * @param oldnodeid the inode that gets another name
 */
public record Link(RequestHeader header, long oldnodeid, FileName newName) implements FuseRequest {
  static Link decode(RequestHeader header, ByteBuf operation, ByteBuf payload) {
    long oldnodeid = operation.readLongLE();
    return new Link(header, oldnodeid, Payload.readEntryName(header, payload, "new name"));
  }

  /** The nodeid of the directory that gets {@code newName}. */
  public long parent() {
    return nodeid();
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(oldnodeid);
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, newName);
  }
}
