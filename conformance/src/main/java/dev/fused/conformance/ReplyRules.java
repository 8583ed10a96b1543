package dev.fused.conformance;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.BmapOut;
import dev.fused.protocol.reply.CopyFileRangeOut;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.Dirent;
import dev.fused.protocol.reply.DirentPlus;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.GetxattrOut;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.IoctlOut;
import dev.fused.protocol.reply.LkOut;
import dev.fused.protocol.reply.LseekOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.PollOut;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.reply.Statx;
import dev.fused.protocol.reply.StatxOut;
import dev.fused.protocol.reply.WriteOut;
import dev.fused.protocol.request.CopyRangeIn;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Link;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.Mknod;
import dev.fused.protocol.request.ReadIn;
import dev.fused.protocol.request.Symlink;
import dev.fused.protocol.request.Tmpfile;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel looks at before it takes the body of a successful answer: sizes, nodeids, types,
 * names, cookies. Where it refuses, the caller gets EIO.
 */
final class ReplyRules {
  private static final int NAME_MAX = 1024;
  private static final int LINK_TARGET_MAX = 4095;
  private static final int INIT_SIZE = 64;
  private static final int SHORT_INIT_SIZE = 24;
  private static final int LONG_INIT_SINCE = 23;

  private final LookupCounts inodes;
  private final KernelPreset preset;

  ReplyRules(LookupCounts inodes, KernelPreset preset) {
    this.inodes = inodes;
    this.preset = preset;
  }

  /** The rule that {@code body} breaks as the answer to {@code request}, null if none. */
  @Nullable String broken(FuseRequest request, byte[] body, WireFormat format) {
    try {
      check(request, body, format);
      return null;
    } catch (ProtocolException e) {
      return e.getMessage();
    } catch (RuleBroken e) {
      return e.getMessage();
    }
  }

  /** Thrown and caught inside of this class. */
  private static final class RuleBroken extends RuntimeException {
    private static final long serialVersionUID = 1;

    RuleBroken(String rule) {
      super(rule, null, false, false);
    }
  }

  private void check(FuseRequest request, byte[] body, WireFormat format) {
    switch (Opcode.of(request.header().opcode())) {
      case LOOKUP -> lookup((Lookup) request, decodeAll(body, format, EntryOut::decode));
      case SYMLINK, MKNOD, MKDIR, LINK ->
          newEntry(request, decodeAll(body, format, EntryOut::decode));
      case CREATE, TMPFILE -> newEntry(request, decodeAll(body, format, CreateOut::decode).entry());
      case GETATTR, SETATTR ->
          attributes(request.nodeid(), decodeAll(body, format, AttrOut::decode).attr());
      case STATX -> statx(request.nodeid(), decodeAll(body, format, StatxOut::decode).stat());
      case READLINK -> atMost("the target of READLINK", body.length, LINK_TARGET_MAX);
      case OPEN, OPENDIR -> decodeAll(body, format, OpenOut::decode);
      case READ -> atMost("READ", body.length, ((ReadIn) request).size());
      case WRITE ->
          atMost(
              "fuse_write_out.size",
              Integer.toUnsignedLong(decodeAll(body, format, WriteOut::decode).size()),
              ((Write) request).size());
      case READDIR -> {
        atMost("READDIR", body.length, ((ReadIn) request).size());
        entries(DirectoryBuffer.decode(Unpooled.wrappedBuffer(body), format));
      }
      case READDIRPLUS -> {
        atMost("READDIRPLUS", body.length, ((ReadIn) request).size());
        entriesPlus(DirectoryBuffer.decodePlus(Unpooled.wrappedBuffer(body), format));
      }
      case STATFS -> decodeAll(body, format, StatfsOut::decode);
      case GETXATTR -> xattr(((Getxattr) request).size(), body, format);
      case LISTXATTR -> {
        xattr(((Listxattr) request).size(), body, format);
        if (((Listxattr) request).size() > 0) {
          xattrNames(body);
        }
      }
      case GETLK -> lock(decodeAll(body, format, LkOut::decode).lk());
      case INIT -> init((Init) request, body, format);
      case BMAP -> decodeAll(body, format, BmapOut::decode);
      case POLL -> decodeAll(body, format, PollOut::decode);
      case IOCTL -> ioctl((Ioctl) request, body, format);
      case LSEEK -> {
        long offset = decodeAll(body, format, LseekOut::decode).offset();
        require(offset >= 0, () -> "fuse_lseek_out.offset is negative: " + offset);
      }
      case COPY_FILE_RANGE ->
          copied(request, Integer.toUnsignedLong(decodeAll(body, format, WriteOut::decode).size()));
      case COPY_FILE_RANGE_64 ->
          copied(request, decodeAll(body, format, CopyFileRangeOut::decode).bytesCopied());
      case null, default ->
          require(body.length == 0, () -> body.length + " bytes follow the header, expected none");
    }
  }

  /** The structure must be the whole body: the kernel compares sizes. */
  private static <T> T decodeAll(
      byte[] body, WireFormat format, BiFunction<ByteBuf, WireFormat, T> decoder) {
    ByteBuf in = Unpooled.wrappedBuffer(body);
    T decoded = decoder.apply(in, format);
    require(
        !in.isReadable(),
        () ->
            "the body has %d bytes, expected %d"
                .formatted(body.length, body.length - in.readableBytes()));
    return decoded;
  }

  private void lookup(Lookup request, EntryOut entry) {
    if (entry.nodeid() == 0) {
      return;
    }
    if (!request.name().isDotOrDotDot()) {
      require(
          entry.nodeid() != FuseFileSystem.ROOT,
          () -> "the nodeid of an entry is that of the root");
    }
    entry(entry);
  }

  private void newEntry(FuseRequest request, EntryOut entry) {
    require(
        entry.nodeid() != 0 && entry.nodeid() != FuseFileSystem.ROOT,
        () -> "the nodeid of a new entry is " + entry.nodeid());
    entry(entry);
    int type = entry.attr().mode() & Attributes.S_IFMT;
    int expected =
        switch (request) {
          case Symlink _ -> Attributes.S_IFLNK;
          case Mkdir _ -> Attributes.S_IFDIR;
          case Mknod mknod -> mknod.mode() & Attributes.S_IFMT;
          case Create _ -> Attributes.S_IFREG;
          case Tmpfile _ -> Attributes.S_IFREG;
          case Link _ -> type;
          default -> throw new IllegalArgumentException(request.toString());
        };
    require(
        type == expected,
        () -> "the type of the new inode is %o, expected %o".formatted(type, expected));
  }

  private void entry(EntryOut entry) {
    validAttributes(entry.attr());
    forbid(inodes.conflict(entry));
  }

  private void attributes(long nodeid, Attributes attributes) {
    validAttributes(attributes);
    forbid(inodes.typeConflict(nodeid, attributes.mode()));
    if (nodeid == FuseFileSystem.ROOT) {
      require(attributes.isDirectory(), () -> "the root is no directory");
    }
  }

  private static void validAttributes(Attributes attributes) {
    validMode(attributes.mode());
    require(attributes.size() >= 0, () -> "the size is above the largest of a file");
  }

  private static void validMode(int mode) {
    boolean valid =
        switch (mode & Attributes.S_IFMT) {
          case Attributes.S_IFREG,
              Attributes.S_IFDIR,
              Attributes.S_IFLNK,
              Attributes.S_IFCHR,
              Attributes.S_IFBLK,
              Attributes.S_IFIFO,
              Attributes.S_IFSOCK ->
              true;
          default -> false;
        };
    require(valid, () -> "mode %o has no valid type".formatted(mode));
  }

  private void statx(long nodeid, Statx stat) {
    if ((stat.mask() & Statx.TYPE) != 0) {
      validMode(stat.mode());
      forbid(inodes.typeConflict(nodeid, stat.mode()));
    }
    if ((stat.mask() & Statx.SIZE) != 0) {
      require(stat.size() >= 0, () -> "the size is above the largest of a file");
    }
  }

  private static void entries(List<Dirent> entries) {
    Set<Long> cookies = new HashSet<>();
    for (Dirent entry : entries) {
      name(entry.name());
      require(entry.off() != 0, () -> "the cookie of \"" + entry.name() + "\" is 0");
      require(
          cookies.add(entry.off()),
          () -> "two entries of one answer have the cookie " + Long.toUnsignedString(entry.off()));
    }
  }

  private void entriesPlus(List<DirentPlus> entries) {
    entries(entries.stream().map(DirentPlus::dirent).toList());
    for (DirentPlus plus : entries) {
      if (plus.countsAsLookup()) {
        require(
            plus.entry().nodeid() != FuseFileSystem.ROOT,
            () -> "the nodeid of \"" + plus.dirent().name() + "\" is that of the root");
        entry(plus.entry());
      }
    }
  }

  private static void name(FileName name) {
    atMost("the name of an entry", name.length(), NAME_MAX);
    for (byte b : name.toBytes()) {
      require(b != '/' && b != 0, () -> "the name \"" + name + "\" has a slash or NUL in it");
    }
  }

  private static void xattr(int size, byte[] body, WireFormat format) {
    if (size == 0) {
      decodeAll(body, format, GetxattrOut::decode);
    } else {
      atMost("the value", body.length, Integer.toUnsignedLong(size));
    }
  }

  private static void xattrNames(byte[] names) {
    byte before = 0;
    for (byte b : names) {
      require(b != 0 || before != 0, () -> "a name in the list is empty");
      before = b;
    }
    require(before == 0, () -> "the last name in the list has no NUL at its end");
  }

  private static void lock(FileLock lock) {
    switch (lock.type()) {
      case FileLock.UNLOCK -> {}
      case FileLock.READ, FileLock.WRITE ->
          require(
              lock.start() >= 0 && lock.end() >= lock.start(),
              () -> "the lock is from " + lock.start() + " to " + lock.end());
      default -> throw new RuleBroken("the type of the lock is " + lock.type());
    }
  }

  /** A kernel of another major takes any answer of this one, and asks again. */
  private void init(Init request, byte[] body, WireFormat format) {
    InitOut reply = decodeAll(body, format, InitOut::decode);
    if (request.major() != preset.version().major()) {
      return;
    }
    int size = preset.minor() < LONG_INIT_SINCE ? SHORT_INIT_SIZE : INIT_SIZE;
    atMost("fuse_init_out", body.length, size);
    require(
        reply.major() == request.major(),
        () -> "the major is " + reply.major() + ", expected " + request.major());
  }

  private static void ioctl(Ioctl request, byte[] body, WireFormat format) {
    ByteBuf in = Unpooled.wrappedBuffer(body);
    IoctlOut out = IoctlOut.decode(in, format);
    if ((out.flags() & Ioctl.RETRY) != 0) {
      require(
          (request.flags() & Ioctl.UNRESTRICTED) != 0,
          () -> "a restricted ioctl(2) asks for a retry");
    }
    atMost("the data of IOCTL", in.readableBytes(), Integer.toUnsignedLong(request.outSize()));
  }

  private static void copied(FuseRequest request, long count) {
    require(count >= 0, () -> "the number of bytes copied is " + count);
    atMost("the number of bytes copied", count, ((CopyRangeIn) request).len());
  }

  private static void atMost(String what, long value, long most) {
    require(
        value <= most, () -> what + " is " + value + " bytes, at most " + most + " were asked for");
  }

  private static void forbid(@Nullable String conflict) {
    if (conflict != null) {
      throw new RuleBroken(conflict);
    }
  }

  private static void require(boolean holds, Supplier<String> rule) {
    if (!holds) {
      throw new RuleBroken(rule.get());
    }
  }
}
