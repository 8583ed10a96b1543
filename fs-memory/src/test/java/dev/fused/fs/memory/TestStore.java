package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setattr;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** A store with its operations, and short ways to call them. */
final class TestStore {
  static final long ROOT = FuseFileSystem.ROOT;
  static final Caller ALICE = new Caller(1000, 1000, List.of(), 0);
  static final int PAGE = PageArena.PAGE_SIZE;

  final TestClock clock = new TestClock();
  final InodeStore store;
  final Namespace names;
  final InodeXattrs xattrs;
  final InodeAttributes attributes;
  final FileIo io;
  final InodePaths paths;

  TestStore() {
    this(MemoryOptions.of(64 << 20, 100_000));
  }

  TestStore(MemoryOptions options) {
    this(options, 4);
  }

  TestStore(MemoryOptions options, int shards) {
    store = new InodeStore(options, clock, shards);
    names = new Namespace(store);
    xattrs = new InodeXattrs(store);
    attributes = new InodeAttributes(store, xattrs, options.dataPath() == DataPath.CACHED);
    io = new FileIo(store, attributes);
    paths = new InodePaths(store, names);
  }

  static FileName name(String name) {
    return FileName.of(name);
  }

  static <T> T ok(Result<T> result) {
    assertThat(result).isInstanceOf(Result.Ok.class);
    return ((Result.Ok<T>) result).value();
  }

  static Errno errno(Result<?> result) {
    assertThat(result).isInstanceOf(Result.Failed.class);
    return ((Result.Failed<?>) result).errno();
  }

  static Errno errno(long result) {
    assertThat(result).isNegative();
    return Errno.ofNumber((int) result);
  }

  /** A file, which the caller has looked up and not opened. */
  long file(long parent, String name) {
    return ok(names.mknod(parent, name(name), 0644, 0, ALICE)).ino();
  }

  long directory(long parent, String name) {
    return ok(names.mkdir(parent, name(name), 0755, ALICE)).ino();
  }

  long symlink(long parent, String name, String target) {
    return ok(names.symlink(parent, name(name), name(target), ALICE)).ino();
  }

  Attributes stat(long nodeid) {
    return ok(attributes.getattr(nodeid));
  }

  Instant atime(long nodeid) {
    Attributes found = stat(nodeid);
    return Instant.ofEpochSecond(found.atime(), found.atimensec());
  }

  Instant mtime(long nodeid) {
    Attributes found = stat(nodeid);
    return Instant.ofEpochSecond(found.mtime(), found.mtimensec());
  }

  Instant ctime(long nodeid) {
    Attributes found = stat(nodeid);
    return Instant.ofEpochSecond(found.ctime(), found.ctimensec());
  }

  boolean exists(long parent, String name) {
    return switch (names.lookup(parent, name(name))) {
      case Result.Ok(Attributes found) -> {
        store.forget(found.ino(), 1);
        yield true;
      }
      case Result.Failed(Errno errno) -> {
        assertThat(errno).isEqualTo(Errno.ENOENT);
        yield false;
      }
    };
  }

  /** The nodeid behind a name, without keeping the lookup. */
  long nodeid(long parent, String name) {
    long nodeid = ok(names.lookup(parent, name(name))).ino();
    store.forget(nodeid, 1);
    return nodeid;
  }

  Errno rename(long oldParent, String oldName, long newParent, String newName, int flags) {
    return names.rename(oldParent, name(oldName), newParent, name(newName), flags, ALICE);
  }

  long write(long nodeid, long offset, byte[] bytes) {
    return io.write(nodeid, offset, MemorySegment.ofArray(bytes), false, 0);
  }

  long write(long nodeid, long offset, String text) {
    return write(nodeid, offset, text.getBytes(StandardCharsets.UTF_8));
  }

  byte[] read(long nodeid, long offset, int size) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (ByteBuf piece : ok(io.read(nodeid, offset, size, 0))) {
      byte[] part = new byte[piece.readableBytes()];
      piece.readBytes(part);
      piece.release();
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  String text(long nodeid) {
    return new String(read(nodeid, 0, 1 << 20), StandardCharsets.UTF_8);
  }

  void resize(long nodeid, long size) {
    RegularFile file = regular(nodeid);
    synchronized (file) {
      store.data(file).resize(file, size);
    }
  }

  /** Sets an extended attribute, whether there is one or not. */
  Errno setxattr(long nodeid, String name, byte[] value) {
    return xattrs.setxattr(nodeid, name(name), value, 0, false);
  }

  void chmod(long nodeid, int mode) {
    RequestHeader header = RequestHeader.of(Opcode.SETATTR, 2, nodeid, 0, 0, 1);
    ok(
        attributes.setattr(
            nodeid, new Setattr(header, Setattr.MODE, 0, 0, 0, 0, 0, 0, 0, 0, 0, mode, 0, 0)));
  }

  RegularFile regular(long nodeid) {
    return (RegularFile) inode(nodeid);
  }

  Directory dir(long nodeid) {
    return (Directory) inode(nodeid);
  }

  Inode inode(long nodeid) {
    Inode inode = store.get(nodeid);
    assertThat(inode).as("inode %d", nodeid).isNotNull();
    return inode;
  }
}
