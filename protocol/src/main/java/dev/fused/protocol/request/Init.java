package dev.fused.protocol.request;

import dev.fused.protocol.InitFlag;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * INIT: the first request, in which the kernel says what it speaks and offers. {@code struct
 * fuse_init_in}; 16 bytes before 7.36, 8 before 7.6: its own minor, not the {@link WireFormat},
 * decides.
 *
 * @param maxReadahead bytes
 * @param flags the {@link InitFlag}s offered: the kernel's first word of flags, and the second from
 *     bit 32 on
 */
public record Init(RequestHeader header, int major, int minor, int maxReadahead, long flags)
    implements FuseRequest {
  private static final int VERSION_SIZE = 8;
  private static final int SHORT_SIZE = 16;
  private static final int SIZE = 64;
  private static final int RESERVED_TAIL = 44;
  private static final int FLAGS_SINCE = 6;
  private static final int FLAGS2_SINCE = 36;

  /** Decodes by length. What a later kernel may append to the 64 bytes is skipped. */
  static Init decode(RequestHeader header, ByteBuf operation) {
    int length = operation.readableBytes();
    if (length != VERSION_SIZE && length != SHORT_SIZE && length < SIZE) {
      throw header.violation("length of fuse_init_in", length, "8, 16 or at least 64");
    }
    int major = operation.readIntLE();
    int minor = operation.readIntLE();
    if (length == VERSION_SIZE) {
      return new Init(header, major, minor, 0, 0);
    }
    int maxReadahead = operation.readIntLE();
    long flags = operation.readUnsignedIntLE();
    if (length >= SIZE) {
      long flags2 = operation.readUnsignedIntLE();
      if ((flags & InitFlag.INIT_EXT.bit()) != 0) {
        flags |= flags2 << Integer.SIZE;
      }
      operation.skipBytes(operation.readableBytes());
    }
    return new Init(header, major, minor, maxReadahead, flags);
  }

  /** True if the kernel offers {@code flag}. */
  public boolean offers(InitFlag flag) {
    return (flags & flag.bit()) != 0;
  }

  /** The version that the kernel speaks. */
  public ProtocolVersion version() {
    return new ProtocolVersion(major, minor);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(major);
    out.writeIntLE(minor);
    if (before(FLAGS_SINCE)) {
      return;
    }
    out.writeIntLE(maxReadahead);
    out.writeIntLE((int) flags);
    if (before(FLAGS2_SINCE)) {
      return;
    }
    out.writeIntLE((int) (flags >>> Integer.SIZE));
    out.writeZero(RESERVED_TAIL);
  }

  private boolean before(int minor) {
    return major < 7 || (major == 7 && this.minor < minor);
  }
}
