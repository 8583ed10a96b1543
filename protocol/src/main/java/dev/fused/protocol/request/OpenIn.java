package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/** What OPEN and OPENDIR share. {@code struct fuse_open_in}. */
public sealed interface OpenIn extends FuseRequest permits Open, Opendir {
  /** Clear set-uid and set-gid while truncating: {@code HANDLE_KILLPRIV_V2}. */
  int KILL_SUIDGID = 1;

  /** The flags of open(2), without O_CREAT, O_EXCL and O_NOCTTY. */
  int flags();

  /** {@link #KILL_SUIDGID}; 0 before 7.33. */
  int openFlags();

  /** Makes one of the records. */
  interface Constructor<T extends OpenIn> {
    T create(RequestHeader header, int flags, int openFlags);
  }

  static <T extends OpenIn> T decode(
      RequestHeader header, ByteBuf operation, Constructor<T> constructor) {
    return constructor.create(header, operation.readIntLE(), operation.readIntLE());
  }

  @Override
  default void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(flags());
    out.writeIntLE(openFlags());
  }
}
