package dev.fused.conformance;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolVersion;
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
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The grammar: requests of every opcode about what the server has given out, and now and then about
 * what it never gave. Well-formed, not well-behaved.
 */
final class FrameGenerator {
  private static final Opcode[] OPCODES = Opcode.values();

  /** Those that say most about the file system come more often. */
  private static final Opcode[] OFTEN = {
    Opcode.LOOKUP,
    Opcode.LOOKUP,
    Opcode.CREATE,
    Opcode.RMDIR,
    Opcode.MKNOD,
    Opcode.OPEN,
    Opcode.WRITE,
    Opcode.WRITE,
    Opcode.READ,
    Opcode.READ,
    Opcode.SETATTR,
    Opcode.UNLINK,
    Opcode.RENAME2,
    Opcode.READDIR,
    Opcode.READDIRPLUS,
    Opcode.FORGET,
    Opcode.RELEASE,
    Opcode.OPENDIR,
    Opcode.SETXATTR,
    Opcode.SETLK,
    Opcode.SETLKW,
    Opcode.COPY_FILE_RANGE
  };

  /** Makes room: the more is known, the more goes. */
  private static final Opcode[] LESS = {
    Opcode.FORGET,
    Opcode.FORGET,
    Opcode.BATCH_FORGET,
    Opcode.RELEASE,
    Opcode.RELEASE,
    Opcode.RELEASEDIR,
    Opcode.UNLINK,
    Opcode.RMDIR
  };

  private static final FileName[] NAMES = {
    FileName.of("a"),
    FileName.of("b"),
    FileName.of("c"),
    FileName.of("some-name.txt"),
    FileName.of(new byte[] {'x', (byte) 0xff, (byte) 0x80, '\n'}),
    FileName.of("n".repeat(255)),
    FileName.of("m".repeat(256))
  };

  private static final FileName[] XATTRS = {
    FileName.of("user.a"),
    FileName.of("user.b"),
    FileName.of("user."),
    FileName.of("trusted.c"),
    FileName.of("security.capability"),
    FileName.of("system.posix_acl_access"),
    FileName.of("system.posix_acl_default"),
    FileName.of("other.x"),
    FileName.of("user." + "y".repeat(251))
  };

  private static final long[] EDGES = {
    0,
    1,
    -1,
    4095,
    4096,
    4097,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0000L,
    Long.MAX_VALUE,
    Long.MAX_VALUE - 1,
    Long.MAX_VALUE - 4095,
    Long.MIN_VALUE,
    1L << 62
  };

  private static final int[] MODES = {0644, 04755, 02775, 07777, 0, 0177777, -1};
  private static final int S_IFREG = 0100000;
  private static final int[] TYPES = {0, S_IFREG, 0040000, 0020000, 0060000, 0010000, 0140000, 0};
  private static final int[] ALLOCATIONS = {0, 0x1, 0x3, 0x10, 0x11};
  private static final int[] RENAMES = {0, 1, 2, 4};
  private static final int[] UIDS = {0, 1000, 1001, RequestHeader.NO_ID};
  private static final byte[] CONTENT = new byte[64 << 10];

  private final SplittableRandom random;
  private final HostileKernel kernel;
  private final FuzzBooks books;

  static {
    new SplittableRandom(1).nextBytes(CONTENT);
  }

  FrameGenerator(SplittableRandom random, HostileKernel kernel) {
    this.random = random;
    this.kernel = kernel;
    this.books = kernel.books;
  }

  FuseRequest next() {
    Opcode opcode;
    int choice = random.nextInt(10);
    if (books.areFull() && choice < 4) {
      opcode = pick(LESS);
    } else {
      opcode = choice < 7 ? pick(OFTEN) : pick(OPCODES);
    }
    if (opcode == Opcode.SETLKW && !kernel.mayWaitForLocks()) {
      opcode = Opcode.INTERRUPT;
    }
    return make(opcode);
  }

  private FuseRequest make(Opcode opcode) {
    return switch (opcode) {
      case LOOKUP -> new Lookup(onDirectory(opcode), lookupName());
      case FORGET -> new Forget(header(opcode, any()), nlookup());
      case GETATTR -> new Getattr(header(opcode, any()), bits(2), number());
      case SETATTR -> setattr();
      case READLINK -> new Readlink(header(opcode, any()));
      case SYMLINK -> new Symlink(onDirectory(opcode), name(), target(), extensions());
      case MKNOD ->
          new Mknod(
              onDirectory(opcode),
              TYPES[random.nextInt(TYPES.length)] | mode(),
              (int) number(),
              bits(9),
              name(),
              extensions());
      case MKDIR -> new Mkdir(onDirectory(opcode), mode(), bits(9), name(), extensions());
      case UNLINK -> new Unlink(onDirectory(opcode), name());
      case RMDIR -> new Rmdir(onDirectory(opcode), name());
      case RENAME -> new Rename(onDirectory(opcode), directory(), name(), name());
      case LINK -> new Link(onDirectory(opcode), file(), name());
      case OPEN -> new Open(header(opcode, file()), openFlags(), bits(1));
      case READ -> {
        Handles.Handle handle = handle(false);
        yield new Read(
            header(opcode, handle.nodeid()),
            handle.fh(),
            offset(),
            size(),
            bits(2),
            owner(),
            openFlags());
      }
      case WRITE -> write();
      case STATFS -> new Statfs(header(opcode, any()));
      case RELEASE -> {
        Handles.Handle handle = handle(false);
        yield new Release(
            header(opcode, handle.nodeid()), handle.fh(), openFlags(), bits(2), owner());
      }
      case FSYNC -> {
        Handles.Handle handle = handle(false);
        yield new Fsync(header(opcode, handle.nodeid()), handle.fh(), bits(1));
      }
      case SETXATTR -> setxattr();
      case GETXATTR -> new Getxattr(header(opcode, any()), size(), pick(XATTRS));
      case LISTXATTR -> new Listxattr(header(opcode, any()), size());
      case REMOVEXATTR -> new Removexattr(header(opcode, any()), pick(XATTRS));
      case FLUSH -> {
        Handles.Handle handle = handle(false);
        yield new Flush(header(opcode, handle.nodeid()), handle.fh(), owner());
      }
      case INIT -> new Init(header(opcode, 0), 7, random.nextInt(60), 0, random.nextLong());
      case OPENDIR -> new Opendir(onDirectory(opcode), openFlags(), 0);
      case READDIR -> {
        Handles.Handle handle = handle(true);
        yield new Readdir(
            header(opcode, handle.nodeid()), handle.fh(), cookie(), size(), 0, 0, openFlags());
      }
      case READDIRPLUS -> {
        Handles.Handle handle = handle(true);
        yield new Readdirplus(
            header(opcode, handle.nodeid()), handle.fh(), cookie(), size(), 0, 0, openFlags());
      }
      case RELEASEDIR -> {
        Handles.Handle handle = handle(true);
        yield new Releasedir(header(opcode, handle.nodeid()), handle.fh(), openFlags(), 0, 0);
      }
      case FSYNCDIR -> {
        Handles.Handle handle = handle(true);
        yield new Fsyncdir(header(opcode, handle.nodeid()), handle.fh(), bits(1));
      }
      case GETLK -> {
        Handles.Handle handle = handle(false);
        yield new Getlk(header(opcode, handle.nodeid()), handle.fh(), owner(), lock(), bits(1));
      }
      case SETLK -> {
        Handles.Handle handle = handle(false);
        yield new Setlk(header(opcode, handle.nodeid()), handle.fh(), owner(), lock(), bits(1));
      }
      case SETLKW -> setlkw();
      case ACCESS -> new Access(header(opcode, any()), bits(3));
      case CREATE ->
          new Create(
              onDirectory(opcode),
              openFlags(),
              S_IFREG | mode(),
              bits(9),
              bits(1),
              name(),
              extensions());
      case TMPFILE ->
          new Tmpfile(
              onDirectory(opcode),
              openFlags(),
              S_IFREG | mode(),
              bits(9),
              bits(1),
              FileName.of("/"),
              extensions());
      case INTERRUPT -> interrupt();
      case BMAP -> new Bmap(header(opcode, any()), number(), (int) number());
      case DESTROY -> new Destroy(header(opcode, 0));
      case IOCTL -> ioctl();
      case POLL -> new Poll(header(opcode, any()), number(), number(), bits(1), bits(10));
      case NOTIFY_REPLY -> {
        ByteBuf data = content(300);
        yield new NotifyReply(header(opcode, any()), number(), data.readableBytes(), data);
      }
      case BATCH_FORGET -> batchForget();
      case FALLOCATE -> {
        Handles.Handle handle = handle(false);
        yield new Fallocate(
            header(opcode, handle.nodeid()),
            handle.fh(),
            offset(),
            length(),
            random.nextInt(8) == 0 ? bits(7) : ALLOCATIONS[random.nextInt(ALLOCATIONS.length)]);
      }
      case RENAME2 ->
          new Rename2(
              onDirectory(opcode),
              directory(),
              random.nextInt(8) == 0 ? bits(4) : RENAMES[random.nextInt(RENAMES.length)],
              name(),
              name());
      case LSEEK -> {
        Handles.Handle handle = handle(false);
        yield new Lseek(header(opcode, handle.nodeid()), handle.fh(), offset(), random.nextInt(6));
      }
      case COPY_FILE_RANGE -> {
        Handles.Handle in = handle(false);
        Handles.Handle out = handle(false);
        yield new CopyFileRange(
            header(opcode, in.nodeid()),
            in.fh(),
            offset(),
            out.nodeid(),
            out.fh(),
            offset(),
            length(),
            random.nextInt(20) == 0 ? 1 : 0);
      }
      case COPY_FILE_RANGE_64 -> {
        Handles.Handle in = handle(false);
        Handles.Handle out = handle(false);
        yield new CopyFileRange64(
            header(opcode, in.nodeid()),
            in.fh(),
            offset(),
            out.nodeid(),
            out.fh(),
            offset(),
            length(),
            0);
      }
      case SETUPMAPPING ->
          new Setupmapping(header(opcode, any()), number(), number(), number(), bits(2), number());
      case REMOVEMAPPING ->
          new Removemapping(
              header(opcode, any()),
              List.of(new Removemapping.RemovemappingOne(number(), number())));
      case SYNCFS -> new Syncfs(header(opcode, any()));
      case STATX -> new Statx(header(opcode, any()), bits(1), number(), bits(15), bits(12));
      case CUSE_INIT -> new CuseInit(header(opcode, 0), 7, ProtocolVersion.LATEST.minor(), bits(2));
    };
  }

  private <T> T pick(T[] values) {
    return values[random.nextInt(values.length)];
  }

  private int bits(int count) {
    return random.nextInt(1 << count);
  }

  private RequestHeader header(Opcode opcode, long nodeid) {
    int uid = UIDS[random.nextInt(UIDS.length)];
    return RequestHeader.of(opcode, kernel.nextUnique(), nodeid, uid, uid, random.nextInt(9));
  }

  private RequestHeader onDirectory(Opcode opcode) {
    return header(opcode, directory());
  }

  /** A number that was given out; now and then one that was not. */
  private long any() {
    if (random.nextInt(30) == 0) {
      return random.nextInt(4) == 0 ? random.nextInt(3000) : number();
    }
    int index = random.nextInt(books.nodes.size() + 1);
    return index == books.nodes.size() ? 1 : books.nodes.get(index).nodeid();
  }

  private long directory() {
    return ofType(true);
  }

  private long file() {
    return ofType(false);
  }

  private long ofType(boolean isDirectory) {
    int size = books.nodes.size();
    if (random.nextInt(20) == 0 || size == 0) {
      return isDirectory ? 1 : any();
    }
    for (int i = 0; i < 8; i++) {
      FuzzBooks.Node node = books.nodes.get(random.nextInt(size));
      if (isDirectory ? node.isDirectory() : node.isFile()) {
        return node.nodeid();
      }
    }
    return isDirectory ? 1 : any();
  }

  /** An open file or directory; now and then with another's handle, or one never given out. */
  private Handles.Handle handle(boolean isDirectory) {
    Handles.Handle found = null;
    for (int i = 0; i < 8 && !books.handles.isEmpty(); i++) {
      Handles.Handle one = books.handles.get(random.nextInt(books.handles.size()));
      if (one.directory() == isDirectory) {
        found = one;
        break;
      }
    }
    long nodeid = found == null || random.nextInt(10) == 0 ? ofType(isDirectory) : found.nodeid();
    long fh = found == null || random.nextInt(20) == 0 ? number() : found.fh();
    return new Handles.Handle(nodeid, fh, isDirectory);
  }

  private FileName name() {
    return NAMES[random.nextInt(random.nextInt(8) == 0 ? NAMES.length : 5)];
  }

  private FileName lookupName() {
    return switch (random.nextInt(12)) {
      case 0 -> FileName.DOT;
      case 1 -> FileName.DOT_DOT;
      default -> name();
    };
  }

  private FileName target() {
    return switch (random.nextInt(20)) {
      case 0 -> FileName.of("t".repeat(4095));
      case 1 -> FileName.of("t".repeat(4096));
      default -> FileName.of("../some/target".substring(0, 1 + random.nextInt(13)));
    };
  }

  private long nlookup() {
    return switch (random.nextInt(6)) {
      case 0, 1 -> -1;
      case 2 -> number();
      default -> 1 + random.nextInt(3);
    };
  }

  private long number() {
    return switch (random.nextInt(4)) {
      case 0 -> EDGES[random.nextInt(EDGES.length)];
      case 1 -> random.nextLong();
      default -> random.nextInt(50);
    };
  }

  private long offset() {
    return random.nextInt(12) == 0
        ? EDGES[random.nextInt(EDGES.length)] - random.nextInt(2)
        : random.nextInt(random.nextInt(4) == 0 ? 600_000 : 20_000);
  }

  private long length() {
    return random.nextInt(12) == 0
        ? EDGES[random.nextInt(EDGES.length)]
        : random.nextInt(random.nextInt(4) == 0 ? 600_000 : 20_000);
  }

  private int size() {
    return switch (random.nextInt(20)) {
      case 0 -> (int) EDGES[random.nextInt(EDGES.length)];
      case 1 -> HostileKernel.MOST_READ;
      case 2 -> 0;
      default -> random.nextInt(5000);
    };
  }

  private long cookie() {
    return random.nextInt(4) == 0 ? number() : 0;
  }

  private int mode() {
    return random.nextInt(6) == 0 ? MODES[random.nextInt(MODES.length)] : 0755;
  }

  private int openFlags() {
    return switch (random.nextInt(6)) {
      case 0 -> 01000 | 2; // O_TRUNC
      case 1 -> random.nextInt();
      default -> random.nextInt(3);
    };
  }

  private long owner() {
    return random.nextInt(4);
  }

  private FileLock lock() {
    long start = random.nextInt(10) == 0 ? number() : random.nextInt(40);
    long end =
        switch (random.nextInt(4)) {
          case 0 -> FileLock.TO_END_OF_FILE;
          case 1 -> number();
          default -> start + random.nextInt(20);
        };
    return new FileLock(start, end, random.nextInt(random.nextInt(30) == 0 ? 5 : 3), bits(3));
  }

  private ByteBuf content(int most) {
    int size = random.nextInt(12) == 0 ? random.nextInt(CONTENT.length) : random.nextInt(most);
    return Unpooled.wrappedBuffer(CONTENT, 0, size);
  }

  private Extensions extensions() {
    if (random.nextInt(6) != 0) {
      return Extensions.NONE;
    }
    List<Extensions.SecurityContext> contexts = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      contexts.add(
          new Extensions.SecurityContext(
              pick(XATTRS), Unpooled.wrappedBuffer(CONTENT, 0, random.nextInt(40))));
    }
    List<Integer> groups = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      groups.add(random.nextInt(2000));
    }
    return new Extensions(contexts, groups);
  }

  private Setattr setattr() {
    return new Setattr(
        header(Opcode.SETATTR, any()),
        random.nextInt(20) == 0 ? random.nextInt() : 1 << random.nextInt(12),
        number(),
        offset(),
        owner(),
        number(),
        number(),
        number(),
        nanos(),
        nanos(),
        nanos(),
        mode(),
        bits(11),
        bits(11));
  }

  private int nanos() {
    return random.nextInt(20) == 0 ? random.nextInt() : random.nextInt(1_000_000_000);
  }

  private Write write() {
    Handles.Handle handle = handle(false);
    ByteBuf data = content(3000);
    return new Write(
        header(Opcode.WRITE, handle.nodeid()),
        handle.fh(),
        offset(),
        data.readableBytes(),
        bits(3),
        owner(),
        openFlags(),
        data);
  }

  private Setxattr setxattr() {
    FileName name = pick(XATTRS);
    ByteBuf value = name.startsWith("system.") && bits(2) > 0 ? acl() : content(200);
    return new Setxattr(
        header(Opcode.SETXATTR, any()),
        value.readableBytes(),
        random.nextInt(4),
        bits(1),
        name,
        value);
  }

  /** Owner, a named user, group, mask and others; as good as always valid. */
  private ByteBuf acl() {
    ByteBuf list = Unpooled.buffer().writeIntLE(2);
    for (int tag = 1; tag <= 0x20; tag <<= 1) {
      if (tag != 8) {
        list.writeShortLE(tag).writeShortLE(bits(3)).writeIntLE(tag == 2 ? 1000 : -1);
      }
    }
    return list;
  }

  private Setlkw setlkw() {
    List<Setlkw> waits = random.nextInt(6) == 0 ? kernel.lockWaits() : List.of();
    if (!waits.isEmpty()) {
      Setlkw again = waits.get(random.nextInt(waits.size()));
      return new Setlkw(resent(again), again.fh(), again.owner(), again.lk(), again.lkFlags());
    }
    Handles.Handle handle = handle(false);
    RequestHeader header = header(Opcode.SETLKW, handle.nodeid());
    return new Setlkw(header, handle.fh(), owner(), lock(), bits(1));
  }

  private static RequestHeader resent(Setlkw request) {
    RequestHeader header = request.header();
    return RequestHeader.of(
        Opcode.SETLKW,
        header.unique() | RequestHeader.RESENT,
        header.nodeid(),
        header.uid(),
        header.gid(),
        header.pid());
  }

  private Interrupt interrupt() {
    List<Setlkw> waits = kernel.lockWaits();
    long target =
        waits.isEmpty() || random.nextInt(4) == 0
            ? kernel.nextUnique() + random.nextInt(40) - 20
            : waits.get(random.nextInt(waits.size())).unique();
    return new Interrupt(RequestHeader.of(Opcode.INTERRUPT, target | 1, 0, 0, 0, 0), target);
  }

  private Ioctl ioctl() {
    ByteBuf data = content(100);
    return new Ioctl(
        header(Opcode.IOCTL, any()),
        number(),
        bits(6),
        random.nextInt(),
        number(),
        data.readableBytes(),
        size(),
        data);
  }

  private BatchForget batchForget() {
    List<BatchForget.ForgetOne> forgets = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      forgets.add(new BatchForget.ForgetOne(any(), nlookup()));
    }
    return new BatchForget(header(Opcode.BATCH_FORGET, 0), forgets);
  }
}
