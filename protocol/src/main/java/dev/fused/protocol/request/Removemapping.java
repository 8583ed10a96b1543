package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * REMOVEMAPPING: unmaps parts of a virtiofs device's memory window. {@code struct
 * fuse_removemapping_in} and one {@code struct fuse_removemapping_one} per part.
 */
public record Removemapping(RequestHeader header, List<RemovemappingOne> mappings)
    implements FuseRequest {
  /**
   * One part of the window.
   *
   * @param moffset offset in the window
   */
  public record RemovemappingOne(long moffset, long len) {
    static final int SIZE = 16;
  }

  public Removemapping {
    mappings = List.copyOf(mappings);
  }

  static Removemapping decode(RequestHeader header, ByteBuf operation, ByteBuf payload) {
    int count = operation.readIntLE();
    Payload.requireRecords(header, payload, count, RemovemappingOne.SIZE);
    RemovemappingOne[] mappings = new RemovemappingOne[count];
    for (int i = 0; i < count; i++) {
      mappings[i] = new RemovemappingOne(payload.readLongLE(), payload.readLongLE());
    }
    return new Removemapping(header, List.of(mappings));
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(mappings.size());
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    for (RemovemappingOne mapping : mappings) {
      out.writeLongLE(mapping.moffset);
      out.writeLongLE(mapping.len);
    }
  }
}
