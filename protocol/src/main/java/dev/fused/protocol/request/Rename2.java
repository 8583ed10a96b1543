package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * RENAME2: renameat2(2) with flags. {@code struct fuse_rename2_in}.
 *
 * @param newdir nodeid of the directory that gets {@code newName}
 * @param flags {@link #NOREPLACE}, {@link #EXCHANGE}, {@link #WHITEOUT}
 */
public record Rename2(
    RequestHeader header, long newdir, int flags, FileName oldName, FileName newName)
    implements FuseRequest {
  /** EEXIST if the new name exists. */
  public static final int NOREPLACE = 1;

  /** Both names exist and change places. */
  public static final int EXCHANGE = 2;

  /** Leaves a whiteout, a character device 0:0, where the old name was. */
  public static final int WHITEOUT = 4;

  static Rename2 decode(RequestHeader header, ByteBuf operation, ByteBuf payload) {
    long newdir = operation.readLongLE();
    int flags = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    FileName oldName = Payload.readEntryName(header, payload, "old name");
    FileName newName = Payload.readEntryName(header, payload, "new name");
    return new Rename2(header, newdir, flags, oldName, newName);
  }

  /** The nodeid of the directory that has {@code oldName}. */
  public long parent() {
    return nodeid();
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(newdir);
    out.writeIntLE(flags);
    out.writeZero(Integer.BYTES);
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, oldName);
    Payload.writeName(out, newName);
  }
}
