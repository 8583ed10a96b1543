package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * What CREATE and TMPFILE share. {@code struct fuse_create_in}; 8 bytes, up to mode, before 7.12.
 */
public sealed interface CreateIn extends FuseRequest permits Create, Tmpfile {
  /** Clear set-uid and set-gid while truncating: {@code HANDLE_KILLPRIV_V2}. */
  int KILL_SUIDGID = 1;

  /** The minor that appended umask and openFlags. */
  int LONG_SINCE = 12;

  /** The flags of open(2). */
  int flags();

  /**
   * Type and permission bits; the umask is already applied unless {@code DONT_MASK} was negotiated.
   */
  int mode();

  int umask();

  /** {@link #KILL_SUIDGID}. */
  int openFlags();

  FileName name();

  /** The directory's nodeid. */
  default long parent() {
    return nodeid();
  }

  /** Makes one of the records. */
  interface Constructor<T extends CreateIn> {
    T create(
        RequestHeader header,
        int flags,
        int mode,
        int umask,
        int openFlags,
        FileName name,
        Extensions extensions);
  }

  static <T extends CreateIn> T decode(
      RequestHeader header,
      ByteBuf operation,
      WireFormat format,
      FileName name,
      Extensions extensions,
      Constructor<T> constructor) {
    int flags = operation.readIntLE();
    int mode = operation.readIntLE();
    if (format.before(LONG_SINCE)) {
      return constructor.create(header, flags, mode, 0, 0, name, extensions);
    }
    int umask = operation.readIntLE();
    int openFlags = operation.readIntLE();
    return constructor.create(header, flags, mode, umask, openFlags, name, extensions);
  }

  @Override
  default void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(flags());
    out.writeIntLE(mode());
    if (format.before(LONG_SINCE)) {
      return;
    }
    out.writeIntLE(umask());
    out.writeIntLE(openFlags());
  }

  @Override
  default void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, name());
    extensions().encode(out);
  }
}
