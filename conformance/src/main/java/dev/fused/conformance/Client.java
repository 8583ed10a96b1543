package dev.fused.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.Dirent;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.request.BatchForget;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.Extensions;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Link;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.Mknod;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readlink;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.Rename;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Rmdir;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setxattr;
import dev.fused.protocol.request.Symlink;
import dev.fused.protocol.request.Unlink;
import dev.fused.protocol.request.Write;
import dev.fused.server.linux.Libc;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What laws act through: a process whose every step is one request. It makes what a law needs in a
 * directory of the law's own.
 */
final class Client {
  static final long ROOT = FuseFileSystem.ROOT;
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;

  /** The most that laws read or write at once: a kernel of any minor may ask for so much. */
  static final int BIG = 128 << 10;

  private static final int O_EXCL = 0200;
  private static final int O_CREAT = 0100;
  private static final int LISTING_SIZE = 32 << 10;
  private static final int LISTING_MOST = 10_000;
  private static final FileName WORK_PREFIX =
      FileName.of("fused-conformance-" + ProcessHandle.current().pid() + "-");

  private static int lastDirectory;

  private final SimulatedKernel kernel;
  private long work;
  private @Nullable FileName workName;

  Client(SimulatedKernel kernel) {
    this.kernel = kernel;
  }

  /**
   * An open file.
   *
   * @param fh 0 if the server lets files be used without OPEN
   */
  record OpenFile(long nodeid, long fh) {}

  SimulatedKernel kernel() {
    return kernel;
  }

  /** The head of a request from this process. */
  RequestHeader header(Opcode opcode, long nodeid) {
    boolean withheld =
        kernel.negotiated().contains(InitFlag.ALLOW_IDMAP) && !opcode.carriesExtensions();
    return RequestHeader.of(
        opcode,
        kernel.nextUnique(),
        nodeid,
        withheld ? RequestHeader.NO_ID : Libc.getuid(),
        withheld ? RequestHeader.NO_ID : Libc.getgid(),
        Libc.getpid());
  }

  /** The directory of this law, made at first use. */
  long work() {
    if (work == 0) {
      FileName name = FileName.of(WORK_PREFIX.toString() + nextDirectory());
      Answer answer =
          kernel.call(new Mkdir(header(Opcode.MKDIR, ROOT), 0755, 0, name, Extensions.NONE));
      if (answer.isError(Errno.EACCES) || answer.isError(Errno.EPERM)) {
        throw new NotImplemented("nothing can be made here: MKDIR answers that it may not");
      }
      work = answer.entry().nodeid();
      workName = name;
    }
    return work;
  }

  private static synchronized int nextDirectory() {
    return ++lastDirectory;
  }

  Answer lookup(long parent, String name) {
    return kernel.call(new Lookup(header(Opcode.LOOKUP, parent), FileName.of(name)));
  }

  Answer lookup(long parent, FileName name) {
    return kernel.call(new Lookup(header(Opcode.LOOKUP, parent), name));
  }

  /** Requires that a name leads nowhere: by ENOENT, or by an entry without inode. */
  void requireMissing(long parent, String name) {
    Answer answer = lookup(parent, name);
    if (answer.isSuccess() && answer.entry().nodeid() == 0) {
      return;
    }
    answer.fails(Errno.ENOENT);
  }

  /** Requires that a name leads to an inode, and returns what the answer says of it. */
  EntryOut requirePresent(long parent, String name) {
    EntryOut entry = lookup(parent, name).entry();
    if (entry.nodeid() == 0) {
      throw new LawBroken("LOOKUP of \"" + name + "\" found nothing, expected an inode");
    }
    return entry;
  }

  Answer getattr(long nodeid) {
    return kernel.call(new Getattr(header(Opcode.GETATTR, nodeid), 0, 0));
  }

  Attributes attributes(long nodeid) {
    return getattr(nodeid).attributes();
  }

  /** SETATTR of the fields that {@code valid} names, each from {@code to}. */
  Answer setattr(long nodeid, int valid, long fh, Attributes to) {
    return kernel.call(
        new Setattr(
            header(Opcode.SETATTR, nodeid),
            valid,
            fh,
            to.size(),
            0,
            to.atime(),
            to.mtime(),
            to.ctime(),
            to.atimensec(),
            to.mtimensec(),
            to.ctimensec(),
            to.mode(),
            to.uid(),
            to.gid()));
  }

  Answer truncate(long nodeid, long size) {
    return setattr(nodeid, Setattr.SIZE, 0, Attributes.file(nodeid).size(size).build());
  }

  Answer mkdir(long parent, String name) {
    return kernel.call(
        new Mkdir(header(Opcode.MKDIR, parent), 0755, 022, FileName.of(name), Extensions.NONE));
  }

  Answer mknod(long parent, String name, int mode) {
    return kernel.call(
        new Mknod(header(Opcode.MKNOD, parent), mode, 0, 022, FileName.of(name), Extensions.NONE));
  }

  Answer symlink(long parent, String name, String target) {
    return kernel.call(
        new Symlink(
            header(Opcode.SYMLINK, parent),
            FileName.of(name),
            FileName.of(target),
            Extensions.NONE));
  }

  Answer readlink(long nodeid) {
    return kernel.call(new Readlink(header(Opcode.READLINK, nodeid)));
  }

  Answer link(long nodeid, long newParent, String name) {
    return kernel.call(new Link(header(Opcode.LINK, newParent), nodeid, FileName.of(name)));
  }

  Answer unlink(long parent, String name) {
    return kernel.call(new Unlink(header(Opcode.UNLINK, parent), FileName.of(name)));
  }

  Answer rmdir(long parent, String name) {
    return kernel.call(new Rmdir(header(Opcode.RMDIR, parent), FileName.of(name)));
  }

  Answer rename(long parent, String name, long newParent, String newName) {
    return kernel.call(
        new Rename(
            header(Opcode.RENAME, parent), newParent, FileName.of(name), FileName.of(newName)));
  }

  Answer create(long parent, FileName name) {
    return kernel.call(
        new Create(
            header(Opcode.CREATE, parent),
            O_RDWR | O_CREAT | O_EXCL,
            Attributes.S_IFREG | 0644,
            022,
            0,
            name,
            Extensions.NONE));
  }

  /** A new, open file; by MKNOD and OPEN if there is no CREATE, as the kernel does. */
  OpenFile newOpenFile(long parent, FileName name) {
    Answer answer = create(parent, name);
    if (!answer.isError(Errno.ENOSYS)) {
      CreateOut created = answer.created();
      return new OpenFile(created.entry().nodeid(), created.open().fh());
    }
    Answer made =
        kernel.call(
            new Mknod(
                header(Opcode.MKNOD, parent),
                Attributes.S_IFREG | 0644,
                0,
                022,
                name,
                Extensions.NONE));
    return open(made.entry().nodeid(), O_RDWR);
  }

  /** A new, open file with some content in the directory of the law. */
  OpenFile newOpenFile(String name, byte[] content) {
    OpenFile file = newOpenFile(work(), FileName.of(name));
    for (int at = 0; at < content.length; at += BIG) {
      int size = Math.min(BIG, content.length - at);
      byte[] part = new byte[size];
      System.arraycopy(content, at, part, 0, size);
      write(file, at, part);
    }
    return file;
  }

  /** The nodeid of a new file in the directory of the law, which is closed again. */
  long newFile(String name) {
    OpenFile file = newOpenFile(work(), FileName.of(name));
    release(file);
    return file.nodeid();
  }

  /** The nodeid of a new directory in the directory of the law. */
  long newDirectory(String name) {
    return mkdir(work(), name).entry().nodeid();
  }

  OpenFile open(long nodeid, int flags) {
    Answer answer = kernel.call(new Open(header(Opcode.OPEN, nodeid), flags, 0));
    if (answer.isError(Errno.ENOSYS)) {
      return new OpenFile(nodeid, 0);
    }
    return new OpenFile(nodeid, answer.opened().fh());
  }

  /** Ends one open, if the kernel has it in its books. */
  void release(OpenFile file) {
    Handles.Handle handle = new Handles.Handle(file.nodeid(), file.fh(), false);
    if (kernel.handles().open().contains(handle)) {
      release(handle);
    }
  }

  private void release(Handles.Handle handle) {
    if (handle.directory()) {
      kernel.call(
          new Releasedir(header(Opcode.RELEASEDIR, handle.nodeid()), handle.fh(), O_RDONLY, 0, 0));
    } else {
      kernel.call(new Release(header(Opcode.RELEASE, handle.nodeid()), handle.fh(), O_RDWR, 0, 0));
    }
  }

  Answer read(OpenFile file, long offset, int size) {
    return kernel.call(
        new Read(header(Opcode.READ, file.nodeid()), file.fh(), offset, size, 0, 0, O_RDWR));
  }

  /** Writes all of {@code data}, as one WRITE that must take it all. */
  void write(OpenFile file, long offset, byte[] data) {
    int written = tryWrite(file, offset, data).written();
    if (written != data.length) {
      throw new LawBroken(
          "WRITE of %d bytes took %d, expected all".formatted(data.length, written));
    }
  }

  Answer tryWrite(OpenFile file, long offset, byte[] data) {
    return kernel.call(
        new Write(
            header(Opcode.WRITE, file.nodeid()),
            file.fh(),
            offset,
            data.length,
            0,
            0,
            O_RDWR,
            Unpooled.wrappedBuffer(data)));
  }

  Answer setxattr(long nodeid, String name, byte[] value, int flags) {
    return kernel.call(
        new Setxattr(
            header(Opcode.SETXATTR, nodeid),
            value.length,
            flags,
            0,
            FileName.of(name),
            Unpooled.wrappedBuffer(value)));
  }

  Setlk setlk(OpenFile file, long owner, FileLock lock) {
    return new Setlk(header(Opcode.SETLK, file.nodeid()), file.fh(), owner, lock, 0);
  }

  /** An open directory; without OPENDIR if the server lets that be. */
  OpenFile openDirectory(long nodeid) {
    Answer answer = kernel.call(new Opendir(header(Opcode.OPENDIR, nodeid), O_RDONLY, 0));
    if (answer.isError(Errno.ENOSYS)) {
      return new OpenFile(nodeid, 0);
    }
    return new OpenFile(nodeid, answer.opened().fh());
  }

  void releaseDirectory(OpenFile directory) {
    Handles.Handle handle = new Handles.Handle(directory.nodeid(), directory.fh(), true);
    if (kernel.handles().open().contains(handle)) {
      release(handle);
    }
  }

  Answer readdir(OpenFile directory, long offset, int size) {
    return kernel.call(
        new Readdir(
            header(Opcode.READDIR, directory.nodeid()), directory.fh(), offset, size, 0, 0, 0));
  }

  /** All entries, in answers of at most {@code size} bytes each, "." and ".." among them. */
  List<Dirent> list(long nodeid, int size) {
    OpenFile directory = openDirectory(nodeid);
    List<Dirent> all = new ArrayList<>();
    long offset = 0;
    while (true) {
      List<Dirent> some = readdir(directory, offset, size).entries();
      if (some.isEmpty()) {
        releaseDirectory(directory);
        return all;
      }
      all.addAll(some);
      offset = some.getLast().off();
      if (all.size() > LISTING_MOST) {
        throw new LawBroken("READDIR comes to no end: " + all.size() + " entries so far");
      }
    }
  }

  List<Dirent> list(long nodeid) {
    return list(nodeid, LISTING_SIZE);
  }

  /**
   * A file that can be read: a new one, or in a tree that cannot be changed the first that is found
   * in the root.
   */
  long anyFile() {
    try {
      OpenFile file = newOpenFile("any", "any content".getBytes(UTF_8));
      release(file);
      return file.nodeid();
    } catch (NotImplemented e) {
      return find(Attributes.S_IFREG, e);
    }
  }

  /** A symbolic link, new or found in the root. */
  long anySymlink() {
    try {
      return symlink(work(), "link", "any/target").entry().nodeid();
    } catch (NotImplemented e) {
      return find(Attributes.S_IFLNK, e);
    }
  }

  private long find(int type, NotImplemented reason) {
    for (Dirent entry : list(ROOT)) {
      if (!entry.name().isDotOrDotDot()) {
        EntryOut found = lookup(ROOT, entry.name()).entry();
        if ((found.attr().mode() & Attributes.S_IFMT) == type) {
          return found.nodeid();
        }
      }
    }
    throw new NotImplemented(reason.getMessage() + ", and the root has nothing to use instead");
  }

  /** Gives all lookups of one nodeid back. */
  void forget(long nodeid) {
    forget(nodeid, kernel.lookups().count(nodeid));
  }

  void forget(long nodeid, long nlookup) {
    kernel.send(new Forget(header(Opcode.FORGET, nodeid), nlookup));
  }

  /** After a law: removes what it made, closes what is open, and forgets all inodes. */
  void cleanUp() {
    for (Handles.Handle handle : kernel.handles().open()) {
      release(handle);
    }
    FileName name = workName;
    if (name != null) {
      try {
        empty(work);
        rmdir(ROOT, name.toString());
      } catch (LawBroken | NotImplemented e) {
        // Laws of their own say how to list and remove; here the directory is left behind.
      }
    }
    forgetAll();
  }

  private void empty(long directory) {
    for (Dirent entry : list(directory)) {
      if (entry.name().isDotOrDotDot()) {
        continue;
      }
      EntryOut child = lookup(directory, entry.name()).entry();
      Answer removed;
      if (child.attr().isDirectory()) {
        empty(child.nodeid());
        removed = kernel.call(new Rmdir(header(Opcode.RMDIR, directory), entry.name()));
      } else {
        removed = kernel.call(new Unlink(header(Opcode.UNLINK, directory), entry.name()));
      }
      if (!removed.isSuccess()) {
        return;
      }
    }
  }

  private void forgetAll() {
    Map<Long, Long> owed = kernel.lookups().owed();
    if (owed.isEmpty()) {
      return;
    }
    if (kernel.preset().sends(Opcode.BATCH_FORGET) && kernel.initReply().minor() >= 16) {
      List<BatchForget.ForgetOne> forgets =
          owed.entrySet().stream()
              .map(one -> new BatchForget.ForgetOne(one.getKey(), one.getValue()))
              .toList();
      kernel.send(new BatchForget(header(Opcode.BATCH_FORGET, 0), forgets));
    } else {
      owed.forEach(this::forget);
    }
  }
}
