package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * BATCH_FORGET: many FORGETs in one message, thousands when caches are dropped. {@code struct
 * fuse_batch_forget_in} and one {@code struct fuse_forget_one} per inode. Has no reply.
 */
public record BatchForget(RequestHeader header, List<ForgetOne> forgets) implements FuseRequest {
  /**
   * One inode of the batch.
   *
   * @param nlookup what to subtract from the lookup count of {@code nodeid}
   */
  public record ForgetOne(long nodeid, long nlookup) {
    static final int SIZE = 16;
  }

  public BatchForget {
    forgets = List.copyOf(forgets);
  }

  static BatchForget decode(RequestHeader header, ByteBuf operation, ByteBuf payload) {
    int count = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    Payload.requireRecords(header, payload, count, ForgetOne.SIZE);
    ForgetOne[] forgets = new ForgetOne[count];
    for (int i = 0; i < count; i++) {
      forgets[i] = new ForgetOne(payload.readLongLE(), payload.readLongLE());
    }
    return new BatchForget(header, List.of(forgets));
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(forgets.size());
    out.writeZero(Integer.BYTES);
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    for (ForgetOne forget : forgets) {
      out.writeLongLE(forget.nodeid);
      out.writeLongLE(forget.nlookup);
    }
  }
}
