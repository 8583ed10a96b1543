package dev.fused.server.pipeline;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Access;
import dev.fused.protocol.request.BatchForget;
import dev.fused.protocol.request.Bmap;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.CuseInit;
import dev.fused.protocol.request.Destroy;
import dev.fused.protocol.request.Extensions;
import dev.fused.protocol.request.Fallocate;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.Fsync;
import dev.fused.protocol.request.Fsyncdir;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.Interrupt;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Link;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Lseek;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.Mknod;
import dev.fused.protocol.request.NotifyReply;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Poll;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Readlink;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.Removemapping;
import dev.fused.protocol.request.Removexattr;
import dev.fused.protocol.request.Rename;
import dev.fused.protocol.request.Rename2;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Rmdir;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Setupmapping;
import dev.fused.protocol.request.Setxattr;
import dev.fused.protocol.request.Statfs;
import dev.fused.protocol.request.Statx;
import dev.fused.protocol.request.Symlink;
import dev.fused.protocol.request.Syncfs;
import dev.fused.protocol.request.Tmpfile;
import dev.fused.protocol.request.Unlink;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.stream.Stream;

/** Requests as a kernel sends them: one sample per opcode, and those that tests vary. */
public final class Requests {
  public static final long NODEID = 5;
  public static final FileName NAME = FileName.of("name");

  /** The data of those that carry some. */
  public static final String DATA = "data of the request";

  /** The bytes that READ, READDIR, GETXATTR and their like ask for. */
  public static final int SIZE = 4096;

  private static final FileName OTHER = FileName.of("other");
  private static final FileLock LOCK = new FileLock(0, 9, FileLock.WRITE, 4242);

  private Requests() {}

  /** The sample of {@code opcode}. */
  public static FuseRequest of(Opcode opcode, long unique) {
    RequestHeader h = header(opcode, unique);
    return switch (opcode) {
      case LOOKUP -> new Lookup(h, NAME);
      case FORGET -> new Forget(h, 3);
      case GETATTR -> new Getattr(h, 0, 0);
      case SETATTR -> new Setattr(h, Setattr.SIZE, 7, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
      case READLINK -> new Readlink(h);
      case SYMLINK -> new Symlink(h, NAME, OTHER, Extensions.NONE);
      case MKNOD -> new Mknod(h, 0100644, 0, 022, NAME, Extensions.NONE);
      case MKDIR -> new Mkdir(h, 0755, 022, NAME, Extensions.NONE);
      case UNLINK -> new Unlink(h, NAME);
      case RMDIR -> new Rmdir(h, NAME);
      case RENAME -> new Rename(h, 6, NAME, OTHER);
      case RENAME2 -> new Rename2(h, 6, 1, NAME, OTHER);
      case LINK -> new Link(h, 6, NAME);
      case OPEN -> new Open(h, 2, 0);
      case READ -> read(unique, SIZE);
      case WRITE -> write(unique, data());
      case STATFS -> new Statfs(h);
      case RELEASE -> new Release(h, 7, 2, 0, 0);
      case FSYNC -> new Fsync(h, 7, 0);
      case FLUSH -> new Flush(h, 7, 0);
      case SETXATTR -> new Setxattr(h, DATA.length(), 0, 0, NAME, data());
      case GETXATTR -> new Getxattr(h, SIZE, NAME);
      case LISTXATTR -> new Listxattr(h, SIZE);
      case REMOVEXATTR -> new Removexattr(h, NAME);
      case INIT -> init(unique, 7, 45, 0);
      case OPENDIR -> new Opendir(h, 0, 0);
      case READDIR -> new Readdir(h, 7, 0, SIZE, 0, 0, 0);
      case READDIRPLUS -> new Readdirplus(h, 7, 0, SIZE, 0, 0, 0);
      case RELEASEDIR -> new Releasedir(h, 7, 0, 0, 0);
      case FSYNCDIR -> new Fsyncdir(h, 7, 0);
      case GETLK -> new Getlk(h, 7, 8, LOCK, 0);
      case SETLK -> new Setlk(h, 7, 8, LOCK, 0);
      case SETLKW -> new Setlkw(h, 7, 8, LOCK, 0);
      case ACCESS -> new Access(h, 4);
      case CREATE -> new Create(h, 2, 0100644, 022, 0, NAME, Extensions.NONE);
      case TMPFILE -> new Tmpfile(h, 2, 0100644, 022, 0, NAME, Extensions.NONE);
      case INTERRUPT -> interrupt(unique, unique - 1);
      case BMAP -> new Bmap(h, 9, 512);
      case DESTROY -> new Destroy(h);
      case IOCTL -> new Ioctl(h, 7, 0, 0x1234, 0, DATA.length(), 64, data());
      case POLL -> new Poll(h, 7, 8, 0, 1);
      case NOTIFY_REPLY -> new NotifyReply(h, 0, DATA.length(), data());
      case BATCH_FORGET -> batchForget(unique, 11L, 12L, 13L);
      case FALLOCATE -> new Fallocate(h, 7, 0, 100, 0);
      case LSEEK -> new Lseek(h, 7, 0, 3);
      case COPY_FILE_RANGE -> new CopyFileRange(h, 7, 0, 6, 8, 0, 100, 0);
      case COPY_FILE_RANGE_64 -> new CopyFileRange64(h, 7, 0, 6, 8, 0, 1L << 33, 0);
      case SETUPMAPPING -> new Setupmapping(h, 7, 0, SIZE, 0, 0);
      case REMOVEMAPPING -> new Removemapping(h, List.of());
      case SYNCFS -> new Syncfs(h);
      case STATX -> new Statx(h, 0, 0, 0, 0xfff);
      case CUSE_INIT -> new CuseInit(h, 7, 45, 0);
    };
  }

  public static RequestHeader header(Opcode opcode, long unique) {
    return RequestHeader.of(opcode, unique, NODEID, 1000, 100, 4242);
  }

  /** INIT, with INIT_EXT if flags need it. */
  public static Init init(long unique, int major, int minor, long flags) {
    long ext = flags >>> Integer.SIZE == 0 ? 0 : InitFlag.INIT_EXT.bit();
    return new Init(header(Opcode.INIT, unique), major, minor, 131072, flags | ext);
  }

  public static Read read(long unique, int size) {
    return new Read(header(Opcode.READ, unique), 7, 0, size, 0, 0, 0);
  }

  /** A WRITE of the readable bytes of {@code data}, which stays the caller's. */
  public static Write write(long unique, ByteBuf data) {
    return new Write(header(Opcode.WRITE, unique), 7, 0, data.readableBytes(), 0, 0, 0, data);
  }

  public static Interrupt interrupt(long unique, long target) {
    return new Interrupt(header(Opcode.INTERRUPT, unique), target);
  }

  /** Three lookups less of each nodeid. */
  public static BatchForget batchForget(long unique, Long... nodeids) {
    return new BatchForget(
        header(Opcode.BATCH_FORGET, unique),
        Stream.of(nodeids).map(nodeid -> new BatchForget.ForgetOne(nodeid, 3)).toList());
  }

  private static ByteBuf data() {
    return Unpooled.wrappedBuffer(DATA.getBytes(US_ASCII));
  }
}
