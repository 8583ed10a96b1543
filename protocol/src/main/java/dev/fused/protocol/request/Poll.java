package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * POLL: poll(2), select(2), epoll(7). {@code struct fuse_poll_in}.
 *
 * @param kh the kernel's name for this wait, given back in the notification that ends it
 * @param flags {@link #SCHEDULE_NOTIFY}
 * @param events what the caller waits for; 0 before 7.21
 */
public record Poll(RequestHeader header, long fh, long kh, int flags, int events)
    implements FuseRequest {
  /** Somebody will wait: notify when something happened. */
  public static final int SCHEDULE_NOTIFY = 1;

  static Poll decode(RequestHeader header, ByteBuf operation) {
    return new Poll(
        header,
        operation.readLongLE(),
        operation.readLongLE(),
        operation.readIntLE(),
        operation.readIntLE());
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh);
    out.writeLongLE(kh);
    out.writeIntLE(flags);
    out.writeIntLE(events);
  }
}
