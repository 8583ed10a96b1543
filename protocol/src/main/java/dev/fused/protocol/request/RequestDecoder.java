package dev.fused.protocol.request;

import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/** Makes records of framed requests. Any thread. */
public final class RequestDecoder {
  private RequestDecoder() {}

  /**
   * Decodes the request that {@code frame} holds, and consumes its windows.
   *
   * @return {@link Unsupported} if the opcode is not known
   * @throws ProtocolException if the request is not exactly as protocol 7.45 describes it: it says
   *     another length than it has, a structure or name is cut short, bytes are left over, or a
   *     field contradicts another
   */
  public static FuseRequest decode(RequestFrame frame, WireFormat format) {
    RequestHeader header = RequestHeader.decode(frame.header());
    ByteBuf operation = frame.operation();
    ByteBuf payload = frame.payload();
    int length = RequestHeader.SIZE + operation.readableBytes() + payload.readableBytes();
    if (header.len() != length) {
      throw header.violation(
          "len", Integer.toUnsignedLong(header.len()), length + ", the length of the message");
    }
    Opcode opcode = Opcode.of(header.opcode());
    if (opcode == null) {
      return new Unsupported(header);
    }
    if (!opcode.negotiates() && operation.readableBytes() != opcode.operationSize(format)) {
      throw header.violation(
          "length of the structure",
          operation.readableBytes(),
          "exactly " + opcode.operationSize(format));
    }
    if (header.totalExtlen() != 0 && !opcode.carriesExtensions()) {
      throw header.violation("total_extlen", header.totalExtlen(), "0");
    }
    FuseRequest request = decode(opcode, header, operation, payload, format);
    if (payload.isReadable()) {
      throw header.violation("trailing bytes", payload.readableBytes(), "none");
    }
    return request;
  }

  private static FuseRequest decode(
      Opcode opcode, RequestHeader header, ByteBuf operation, ByteBuf payload, WireFormat format) {
    return switch (opcode) {
      case LOOKUP -> Lookup.decode(header, payload);
      case FORGET -> Forget.decode(header, operation);
      case GETATTR -> Getattr.decode(header, operation, format);
      case SETATTR -> Setattr.decode(header, operation);
      case READLINK -> new Readlink(header);
      case SYMLINK -> Symlink.decode(header, payload);
      case MKNOD -> Mknod.decode(header, operation, payload, format);
      case MKDIR -> Mkdir.decode(header, operation, payload);
      case UNLINK -> Unlink.decode(header, payload);
      case RMDIR -> Rmdir.decode(header, payload);
      case RENAME -> Rename.decode(header, operation, payload);
      case LINK -> Link.decode(header, operation, payload);
      case OPEN -> OpenIn.decode(header, operation, Open::new);
      case READ -> ReadIn.decode(header, operation, format, Read::new);
      case WRITE -> Write.decode(header, operation, payload, format);
      case STATFS -> new Statfs(header);
      case RELEASE -> ReleaseIn.decode(header, operation, Release::new);
      case FSYNC -> FsyncIn.decode(header, operation, Fsync::new);
      case SETXATTR -> Setxattr.decode(header, operation, payload, format);
      case GETXATTR -> Getxattr.decode(header, operation, payload);
      case LISTXATTR -> Listxattr.decode(header, operation);
      case REMOVEXATTR -> Removexattr.decode(header, payload);
      case FLUSH -> Flush.decode(header, operation);
      case INIT -> Init.decode(header, operation);
      case OPENDIR -> OpenIn.decode(header, operation, Opendir::new);
      case READDIR -> ReadIn.decode(header, operation, format, Readdir::new);
      case RELEASEDIR -> ReleaseIn.decode(header, operation, Releasedir::new);
      case FSYNCDIR -> FsyncIn.decode(header, operation, Fsyncdir::new);
      case GETLK -> LockIn.decode(header, operation, format, Getlk::new);
      case SETLK -> LockIn.decode(header, operation, format, Setlk::new);
      case SETLKW -> LockIn.decode(header, operation, format, Setlkw::new);
      case ACCESS -> Access.decode(header, operation);
      case CREATE -> Create.decode(header, operation, payload, format);
      case INTERRUPT -> Interrupt.decode(header, operation);
      case BMAP -> Bmap.decode(header, operation);
      case DESTROY -> new Destroy(header);
      case IOCTL -> Ioctl.decode(header, operation, payload);
      case POLL -> Poll.decode(header, operation);
      case NOTIFY_REPLY -> NotifyReply.decode(header, operation, payload);
      case BATCH_FORGET -> BatchForget.decode(header, operation, payload);
      case FALLOCATE -> Fallocate.decode(header, operation);
      case READDIRPLUS -> ReadIn.decode(header, operation, format, Readdirplus::new);
      case RENAME2 -> Rename2.decode(header, operation, payload);
      case LSEEK -> Lseek.decode(header, operation);
      case COPY_FILE_RANGE -> CopyRangeIn.decode(header, operation, CopyFileRange::new);
      case SETUPMAPPING -> Setupmapping.decode(header, operation);
      case REMOVEMAPPING -> Removemapping.decode(header, operation, payload);
      case SYNCFS -> Syncfs.decode(header, operation);
      case TMPFILE -> Tmpfile.decode(header, operation, payload, format);
      case STATX -> Statx.decode(header, operation);
      case COPY_FILE_RANGE_64 -> CopyRangeIn.decode(header, operation, CopyFileRange64::new);
      case CUSE_INIT -> CuseInit.decode(header, operation);
    };
  }
}
