package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * SETXATTR: setxattr(2). {@code struct fuse_setxattr_in}; 8 bytes, without setxattrFlags, unless
 * {@code SETXATTR_EXT} was negotiated.
 *
 * @param size length of {@code value}
 * @param flags {@link #CREATE}, {@link #REPLACE}
 * @param setxattrFlags {@link #ACL_KILL_SGID}
 * @param value lies in the receive buffer, valid until the request is answered
 */
public record Setxattr(
    RequestHeader header, int size, int flags, int setxattrFlags, FileName name, ByteBuf value)
    implements FuseRequest {
  /** EEXIST if the attribute exists: XATTR_CREATE. */
  public static final int CREATE = 1;

  /** ENODATA if the attribute does not exist: XATTR_REPLACE. */
  public static final int REPLACE = 2;

  /** Clear set-gid while setting system.posix_acl_access: FUSE_SETXATTR_ACL_KILL_SGID. */
  public static final int ACL_KILL_SGID = 1;

  static Setxattr decode(
      RequestHeader header, ByteBuf operation, ByteBuf payload, WireFormat format) {
    int size = operation.readIntLE();
    int flags = operation.readIntLE();
    int setxattrFlags = 0;
    if (format.setxattrExt()) {
      setxattrFlags = operation.readIntLE();
      operation.skipBytes(Integer.BYTES);
    }
    FileName name = Payload.readText(header, payload, "name");
    ByteBuf value = Payload.readData(header, payload, "size", size);
    return new Setxattr(header, size, flags, setxattrFlags, name, value);
  }

  @Override
  public void encodeOperation(ByteBuf out, WireFormat format) {
    out.writeIntLE(size);
    out.writeIntLE(flags);
    if (format.setxattrExt()) {
      out.writeIntLE(setxattrFlags);
      out.writeZero(Integer.BYTES);
    }
  }

  @Override
  public void encodePayload(ByteBuf out, WireFormat format) {
    Payload.writeName(out, name);
    Payload.writeData(out, value);
  }
}
