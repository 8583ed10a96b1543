package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * CUSE_INIT: the first request on /dev/cuse, for a character device. {@code struct cuse_init_in}.
 *
 * @param flags {@link #UNRESTRICTED_IOCTL}
 */
public record CuseInit(RequestHeader header, int major, int minor, int flags)
    implements FuseRequest {
  /** An ioctl may ask for any buffers of the caller. */
  public static final int UNRESTRICTED_IOCTL = 1;

  private static final int SIZE = 16;

  static CuseInit decode(RequestHeader header, ByteBuf operation) {
    if (operation.readableBytes() < SIZE) {
      throw header.violation("length of cuse_init_in", operation.readableBytes(), "at least 16");
    }
    int major = operation.readIntLE();
    int minor = operation.readIntLE();
    operation.skipBytes(Integer.BYTES);
    int flags = operation.readIntLE();
    operation.skipBytes(operation.readableBytes());
    return new CuseInit(header, major, minor, flags);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(major);
    out.writeIntLE(minor);
    out.writeZero(Integer.BYTES);
    out.writeIntLE(flags);
  }
}
