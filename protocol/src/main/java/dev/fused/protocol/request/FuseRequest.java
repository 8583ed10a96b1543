package dev.fused.protocol.request;

import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * A request of the kernel: one record per opcode. Records hold the fields of the kernel's structure
 * in wire order, with the kernel's names; what is reserved there is missing here.
 *
 * <p>Immutable, with one exception: {@link Write}, {@link Setxattr}, {@link Ioctl} and {@link
 * NotifyReply} hold data that lies in the receive buffer. It is valid until the request is
 * answered; who needs it longer copies it.
 */
public sealed interface FuseRequest
    permits Access,
        BatchForget,
        Bmap,
        CopyRangeIn,
        CreateIn,
        CuseInit,
        Destroy,
        Fallocate,
        Flush,
        Forget,
        FsyncIn,
        Getattr,
        Getxattr,
        Init,
        Interrupt,
        Ioctl,
        Link,
        Listxattr,
        LockIn,
        Lookup,
        Lseek,
        Mkdir,
        Mknod,
        NotifyReply,
        OpenIn,
        Poll,
        ReadIn,
        Readlink,
        ReleaseIn,
        Removemapping,
        Removexattr,
        Rename,
        Rename2,
        Rmdir,
        Setattr,
        Setupmapping,
        Setxattr,
        Statfs,
        Statx,
        Symlink,
        Syncfs,
        Unlink,
        Unsupported,
        Write {

  RequestHeader header();

  /**
   * The opcode.
   *
   * @throws IllegalStateException for {@link Unsupported}, whose number has no constant
   */
  default Opcode opcode() {
    Opcode opcode = Opcode.of(header().opcode());
    if (opcode == null) {
      throw new IllegalStateException(header().opcodeName() + " has no constant");
    }
    return opcode;
  }

  /** The request's id, which the reply repeats. */
  default long unique() {
    return header().unique();
  }

  /** The inode that the request is about. */
  default long nodeid() {
    return header().nodeid();
  }

  /** The caller's fsuid, or {@link RequestHeader#NO_ID}. */
  default int uid() {
    return header().uid();
  }

  /** The caller's fsgid, or {@link RequestHeader#NO_ID}. */
  default int gid() {
    return header().gid();
  }

  /** The caller's thread id, 0 if the kernel itself asks. */
  default int pid() {
    return header().pid();
  }

  /** What follows the names of a request that creates an inode. */
  default Extensions extensions() {
    return Extensions.NONE;
  }

  /** Appends the fixed structure; nothing for an opcode that has none. */
  default void encodeOperation(ByteBuf out, WireFormat format) {}

  /** Appends names, data and extensions. */
  default void encodePayload(ByteBuf out, WireFormat format) {}
}
