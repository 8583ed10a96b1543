package dev.fused.protocol.request;

import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * IOCTL: ioctl(2), and what the kernel does for chattr(1) and fs-verity. {@code struct
 * fuse_ioctl_in}.
 *
 * @param flags the bits below
 * @param arg the caller's third argument, mostly an address in the caller's memory
 * @param inSize length of {@code data}
 * @param outSize the most bytes of data that the reply may have
 * @param data lies in the receive buffer, valid until the request is answered
 */
public record Ioctl(
    RequestHeader header,
    long fh,
    int flags,
    int cmd,
    long arg,
    int inSize,
    int outSize,
    ByteBuf data)
    implements FuseRequest {
  /** A 32-bit caller on a 64-bit machine. */
  public static final int COMPAT = 0x1;

  /** The reply may ask for other buffers; CUSE only. */
  public static final int UNRESTRICTED = 0x2;

  /** In a reply: try again with the buffers that follow. */
  public static final int RETRY = 0x4;

  /** The caller's words have 32 bits. */
  public static final int IS_32BIT = 0x8;

  /** On a directory. */
  public static final int DIR = 0x10;

  /** An x32 caller. */
  public static final int COMPAT_X32 = 0x20;

  /** The most iovecs of a reply that asks to retry. */
  public static final int MAX_IOV = 256;

  static Ioctl decode(RequestHeader header, ByteBuf operation, ByteBuf payload) {
    long fh = operation.readLongLE();
    int flags = operation.readIntLE();
    int cmd = operation.readIntLE();
    long arg = operation.readLongLE();
    int inSize = operation.readIntLE();
    int outSize = operation.readIntLE();
    ByteBuf data = Payload.readData(header, payload, "in_size", inSize);
    return new Ioctl(header, fh, flags, cmd, arg, inSize, outSize, data);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeLongLE(fh);
    out.writeIntLE(flags);
    out.writeIntLE(cmd);
    out.writeLongLE(arg);
    out.writeIntLE(inSize);
    out.writeIntLE(outSize);
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeData(out, data);
  }
}
