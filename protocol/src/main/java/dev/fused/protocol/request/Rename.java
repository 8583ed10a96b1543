package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * RENAME: rename(2), and renameat2(2) without flags. {@code struct fuse_rename_in}.
 *
 * @param newdir nodeid of the directory that gets {@code newName}
 */
public record Rename(RequestHeader header, long newdir, FileName oldName, FileName newName)
    implements FuseRequest {
  static Rename decode(RequestHeader header, ByteBuf operation, ByteBuf payload) {
    long newdir = operation.readLongLE();
    FileName oldName = Payload.readEntryName(header, payload, "old name");
    FileName newName = Payload.readEntryName(header, payload, "new name");
    return new Rename(header, newdir, oldName, newName);
  }

  /** The nodeid of the directory that has {@code oldName}. */
  public long parent() {
    return nodeid();
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(newdir);
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, oldName);
    Payload.writeName(out, newName);
  }
}
