package dev.fused.conformance;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.BmapReply;
import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.CopyReply;
import dev.fused.filesystem.CreateReply;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.DirectoryPlusReply;
import dev.fused.filesystem.DirectoryReply;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.IoctlReply;
import dev.fused.filesystem.LinkTargetReply;
import dev.fused.filesystem.LockReply;
import dev.fused.filesystem.LseekReply;
import dev.fused.filesystem.OpenFlags;
import dev.fused.filesystem.OpenReply;
import dev.fused.filesystem.PollReply;
import dev.fused.filesystem.Reply;
import dev.fused.filesystem.StatfsReply;
import dev.fused.filesystem.StatusReply;
import dev.fused.filesystem.StatxReply;
import dev.fused.filesystem.WriteReply;
import dev.fused.filesystem.XattrReply;
import dev.fused.filesystem.lock.LockTable;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.reply.Statx;
import dev.fused.protocol.request.Access;
import dev.fused.protocol.request.Bmap;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.CopyRangeIn;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.Fallocate;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Fsync;
import dev.fused.protocol.request.Fsyncdir;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Link;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Lseek;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.Mknod;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Poll;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.ReadIn;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Readlink;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.Removexattr;
import dev.fused.protocol.request.Rename;
import dev.fused.protocol.request.Rename2;
import dev.fused.protocol.request.Rmdir;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Setxattr;
import dev.fused.protocol.request.Statfs;
import dev.fused.protocol.request.Symlink;
import dev.fused.protocol.request.Syncfs;
import dev.fused.protocol.request.Tmpfile;
import dev.fused.protocol.request.Unlink;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The plainest file system that answers every request: all under one lock, files as arrays. It
 * blocks, so each request runs on a thread of its own and answers may come in any order; tests
 * override what they want to break.
 */
class PlainFileSystem implements FuseFileSystem {
  private static final long SIZE_MAX = 1 << 26;
  private static final int NAME_MAX = 255;
  private static final int O_TRUNC = 01000;

  private final Map<Long, Node> nodes = new HashMap<>();
  private final LockTable locks = new LockTable();
  private long lastNodeid = ROOT;
  private long lastCookie;
  private long lastHandle;

  PlainFileSystem() {
    nodes.put(ROOT, new Node(Attributes.directory(ROOT).times(Instant.now()).build()));
  }

  /** An inode of any kind. It is never freed: the tests are short. */
  private static final class Node {
    Attributes attributes;
    byte[] data = {};
    FileName target;
    long parent = ROOT;
    final Map<FileName, Long> children = new HashMap<>();
    final Map<FileName, Long> cookies = new HashMap<>();
    final Map<FileName, byte[]> xattrs = new TreeMap<>();

    Node(Attributes attributes) {
      this.attributes = attributes;
    }

    long nodeid() {
      return attributes.ino();
    }

    void links(int by) {
      attributes = attributes.toBuilder().links(attributes.nlink() + by).build();
    }

    void resize(int size) {
      data = Arrays.copyOf(data, size);
      attributes = attributes.toBuilder().size(size).modified(Instant.now()).build();
    }
  }

  /** An answer that is an error. */
  private static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final Errno errno;

    Failure(Errno errno) {
      super(errno.name(), null, false, false);
      this.errno = errno;
    }
  }

  @Override
  public Set<InitFlag> capabilities() {
    return Set.of(
        InitFlag.POSIX_LOCKS,
        InitFlag.FLOCK_LOCKS,
        InitFlag.DO_READDIRPLUS,
        InitFlag.ATOMIC_O_TRUNC,
        InitFlag.EXPORT_SUPPORT);
  }

  @Override
  public boolean blocking() {
    return true;
  }

  private synchronized void run(Reply reply, Runnable operation) {
    try {
      operation.run();
    } catch (Failure e) {
      reply.error(e.errno);
    }
  }

  private Node node(FuseRequest request) {
    return node(request.nodeid());
  }

  private Node node(long nodeid) {
    Node node = nodes.get(nodeid);
    if (node == null) {
      throw new Failure(Errno.ESTALE);
    }
    return node;
  }

  private Node child(Node parent, FileName name) {
    if (name.length() > NAME_MAX) {
      throw new Failure(Errno.ENAMETOOLONG);
    }
    Long nodeid = parent.children.get(name);
    if (nodeid == null) {
      throw new Failure(Errno.ENOENT);
    }
    return node(nodeid);
  }

  private static void require(boolean holds, Errno otherwise) {
    if (!holds) {
      throw new Failure(otherwise);
    }
  }

  private void put(Node parent, FileName name, Node child) {
    require(name.length() <= NAME_MAX, Errno.ENAMETOOLONG);
    require(!parent.children.containsKey(name), Errno.EEXIST);
    parent.children.put(name, child.nodeid());
    parent.cookies.put(name, ++lastCookie);
    child.parent = parent.nodeid();
  }

  private void remove(Node parent, FileName name) {
    parent.children.remove(name);
    parent.cookies.remove(name);
  }

  private Node make(FuseRequest request, int mode, int links) {
    Attributes attributes =
        Attributes.builder(++lastNodeid, mode)
            .links(links)
            .owner(request.uid(), request.gid())
            .times(Instant.now())
            .build();
    Node node = new Node(attributes);
    nodes.put(node.nodeid(), node);
    return node;
  }

  private void makeEntry(FuseRequest request, FileName name, int mode, EntryReply reply) {
    run(
        reply,
        () -> {
          Node node = make(request, mode, 1);
          put(node(request), name, node);
          reply.entry(node.attributes, CachePolicy.NONE);
        });
  }

  @Override
  public void lookup(Lookup request, EntryReply reply) {
    run(
        reply,
        () -> {
          Node parent = node(request);
          Node found;
          if (request.name().equals(FileName.DOT)) {
            found = parent;
          } else if (request.name().equals(FileName.DOT_DOT)) {
            found = node(parent.parent);
          } else {
            found = child(parent, request.name());
          }
          reply.entry(found.attributes, CachePolicy.NONE);
        });
  }

  @Override
  public void getattr(Getattr request, AttrReply reply) {
    run(reply, () -> reply.attributes(node(request).attributes, CachePolicy.NONE));
  }

  @Override
  public void statx(dev.fused.protocol.request.Statx request, StatxReply reply) {
    run(reply, () -> reply.statx(Statx.of(node(request).attributes), CachePolicy.NONE));
  }

  @Override
  public void setattr(Setattr request, AttrReply reply) {
    run(
        reply,
        () -> {
          Node node = node(request);
          int valid = request.valid();
          if ((valid & Setattr.SIZE) != 0) {
            require(request.size() <= SIZE_MAX, Errno.EFBIG);
            node.resize((int) request.size());
          }
          Attributes.Builder builder = node.attributes.toBuilder();
          if ((valid & Setattr.MODE) != 0) {
            builder.permissions(request.mode());
          }
          if ((valid & Setattr.ATIME) != 0) {
            builder.accessed(
                (valid & Setattr.ATIME_NOW) != 0
                    ? Instant.now()
                    : Instant.ofEpochSecond(request.atime(), request.atimensec()));
          }
          if ((valid & Setattr.MTIME) != 0) {
            builder.modified(
                (valid & Setattr.MTIME_NOW) != 0
                    ? Instant.now()
                    : Instant.ofEpochSecond(request.mtime(), request.mtimensec()));
          }
          node.attributes = builder.build();
          reply.attributes(node.attributes, CachePolicy.NONE);
        });
  }

  @Override
  public void readlink(Readlink request, LinkTargetReply reply) {
    run(
        reply,
        () -> {
          Node node = node(request);
          require(node.target != null, Errno.EINVAL);
          reply.target(node.target);
        });
  }

  @Override
  public void symlink(Symlink request, EntryReply reply) {
    run(
        reply,
        () -> {
          Node link = make(request, Attributes.S_IFLNK | 0777, 1);
          link.target = request.target();
          link.attributes = link.attributes.toBuilder().size(link.target.length()).build();
          put(node(request), request.name(), link);
          reply.entry(link.attributes, CachePolicy.NONE);
        });
  }

  @Override
  public void mknod(Mknod request, EntryReply reply) {
    makeEntry(request, request.name(), request.mode(), reply);
  }

  @Override
  public void mkdir(Mkdir request, EntryReply reply) {
    makeEntry(request, request.name(), Attributes.S_IFDIR | request.mode(), reply);
  }

  @Override
  public void unlink(Unlink request, StatusReply reply) {
    run(
        reply,
        () -> {
          Node parent = node(request);
          Node child = child(parent, request.name());
          require(!child.attributes.isDirectory(), Errno.EISDIR);
          remove(parent, request.name());
          child.links(-1);
          reply.ok();
        });
  }

  @Override
  public void rmdir(Rmdir request, StatusReply reply) {
    run(
        reply,
        () -> {
          Node parent = node(request);
          Node child = child(parent, request.name());
          require(child.attributes.isDirectory(), Errno.ENOTDIR);
          require(child.children.isEmpty(), Errno.ENOTEMPTY);
          remove(parent, request.name());
          reply.ok();
        });
  }

  @Override
  public void rename(Rename request, StatusReply reply) {
    run(
        reply,
        () -> {
          move(node(request), request.oldName(), node(request.newdir()), request.newName());
          reply.ok();
        });
  }

  private void move(Node parent, FileName name, Node newParent, FileName newName) {
    Node child = child(parent, name);
    Long existing = newParent.children.get(newName);
    if (existing != null) {
      Node replaced = node(existing);
      if (replaced.attributes.isDirectory()) {
        require(child.attributes.isDirectory(), Errno.EISDIR);
        require(replaced.children.isEmpty(), Errno.ENOTEMPTY);
      } else {
        require(!child.attributes.isDirectory(), Errno.ENOTDIR);
      }
      replaced.links(-1);
      remove(newParent, newName);
    }
    remove(parent, name);
    put(newParent, newName, child);
  }

  @Override
  public void rename2(Rename2 request, StatusReply reply) {
    run(
        reply,
        () -> {
          Node parent = node(request);
          Node newParent = node(request.newdir());
          Node first = child(parent, request.oldName());
          switch (request.flags()) {
            case Rename2.NOREPLACE -> {
              require(!newParent.children.containsKey(request.newName()), Errno.EEXIST);
              move(parent, request.oldName(), newParent, request.newName());
            }
            case Rename2.EXCHANGE -> {
              Node second = child(newParent, request.newName());
              parent.children.put(request.oldName(), second.nodeid());
              newParent.children.put(request.newName(), first.nodeid());
            }
            default -> throw new Failure(Errno.EINVAL);
          }
          reply.ok();
        });
  }

  @Override
  public void link(Link request, EntryReply reply) {
    run(
        reply,
        () -> {
          Node linked = node(request.oldnodeid());
          put(node(request), request.newName(), linked);
          linked.links(1);
          reply.entry(linked.attributes, CachePolicy.NONE);
        });
  }

  @Override
  public void open(Open request, OpenReply reply) {
    run(
        reply,
        () -> {
          Node node = node(request);
          if ((request.flags() & O_TRUNC) != 0) {
            node.resize(0);
          }
          reply.opened(++lastHandle, OpenFlags.NONE);
        });
  }

  @Override
  public void create(Create request, CreateReply reply) {
    run(
        reply,
        () -> {
          Node node = make(request, Attributes.S_IFREG | request.mode(), 1);
          put(node(request), request.name(), node);
          reply.created(node.attributes, CachePolicy.NONE, ++lastHandle, OpenFlags.NONE);
        });
  }

  @Override
  public void tmpfile(Tmpfile request, CreateReply reply) {
    run(
        reply,
        () -> {
          Node node = make(request, Attributes.S_IFREG | request.mode(), 0);
          reply.created(node.attributes, CachePolicy.NONE, ++lastHandle, OpenFlags.NONE);
        });
  }

  @Override
  public void read(Read request, DataReply reply) {
    run(reply, () -> reply.range(node(request).data, request.offset(), request.size()));
  }

  @Override
  public void write(Write request, WriteReply reply) {
    run(
        reply,
        () -> {
          Node node = node(request);
          long end = request.offset() + request.size();
          require(end <= SIZE_MAX, Errno.EFBIG);
          if (end > node.data.length) {
            node.resize((int) end);
          }
          byte[] data = ByteBufUtil.getBytes(request.data());
          System.arraycopy(data, 0, node.data, (int) request.offset(), data.length);
          reply.written(data.length);
        });
  }

  @Override
  public void fallocate(Fallocate request, StatusReply reply) {
    run(
        reply,
        () -> {
          Node node = node(request);
          int end = (int) Math.min(request.offset() + request.length(), SIZE_MAX);
          if ((request.mode() & Fallocate.PUNCH_HOLE) != 0) {
            int last = Math.min(end, node.data.length);
            Arrays.fill(node.data, Math.min((int) request.offset(), last), last, (byte) 0);
          } else if ((request.mode() & Fallocate.KEEP_SIZE) == 0 && end > node.data.length) {
            node.resize(end);
          }
          reply.ok();
        });
  }

  @Override
  public void lseek(Lseek request, LseekReply reply) {
    run(
        reply,
        () -> {
          int size = node(request).data.length;
          require(request.offset() < size, Errno.ENXIO);
          reply.offset(request.whence() == Lseek.SEEK_DATA ? request.offset() : size);
        });
  }

  @Override
  public void copyFileRange(CopyFileRange request, CopyReply reply) {
    copy(request, reply);
  }

  @Override
  public void copyFileRange64(CopyFileRange64 request, CopyReply reply) {
    copy(request, reply);
  }

  private void copy(CopyRangeIn request, CopyReply reply) {
    run(
        reply,
        () -> {
          Node from = node(request);
          Node to = node(request.nodeidOut());
          int size =
              (int)
                  Math.clamp(from.data.length - request.offIn(), 0, Math.min(request.len(), 9000));
          if (request.offOut() + size > to.data.length) {
            to.resize((int) request.offOut() + size);
          }
          System.arraycopy(from.data, (int) request.offIn(), to.data, (int) request.offOut(), size);
          reply.copied(size);
        });
  }

  @Override
  public void statfs(Statfs request, StatfsReply reply) {
    reply.statfs(new StatfsOut(1000, 500, 500, 1000, 500, 4096, NAME_MAX, 4096));
  }

  @Override
  public void release(Release request, StatusReply reply) {
    locks.release(request);
    reply.ok();
  }

  @Override
  public void fsync(Fsync request, StatusReply reply) {
    reply.ok();
  }

  @Override
  public void flush(Flush request, StatusReply reply) {
    locks.flush(request);
    reply.ok();
  }

  @Override
  public void setxattr(Setxattr request, StatusReply reply) {
    run(
        reply,
        () -> {
          Map<FileName, byte[]> xattrs = node(request).xattrs;
          boolean exists = xattrs.containsKey(request.name());
          require(request.flags() != Setxattr.CREATE || !exists, Errno.EEXIST);
          require(request.flags() != Setxattr.REPLACE || exists, Errno.ENODATA);
          xattrs.put(request.name(), ByteBufUtil.getBytes(request.value()));
          reply.ok();
        });
  }

  @Override
  public void getxattr(Getxattr request, XattrReply reply) {
    run(
        reply,
        () -> {
          byte[] value = node(request).xattrs.get(request.name());
          require(value != null, Errno.ENODATA);
          reply.value(value);
        });
  }

  @Override
  public void listxattr(Listxattr request, XattrReply reply) {
    run(reply, () -> reply.names(node(request).xattrs.keySet()));
  }

  @Override
  public void removexattr(Removexattr request, StatusReply reply) {
    run(
        reply,
        () -> {
          require(node(request).xattrs.remove(request.name()) != null, Errno.ENODATA);
          reply.ok();
        });
  }

  @Override
  public void opendir(Opendir request, OpenReply reply) {
    run(
        reply,
        () -> {
          require(node(request).attributes.isDirectory(), Errno.ENOTDIR);
          reply.opened(++lastHandle, OpenFlags.NONE);
        });
  }

  @Override
  public void readdir(Readdir request, DirectoryReply reply) {
    run(
        reply,
        () -> {
          for (Map.Entry<Long, FileName> entry : after(request).entrySet()) {
            Attributes child = child(node(request), entry.getValue()).attributes;
            if (!reply.add(entry.getValue(), child.ino(), child.mode(), entry.getKey())) {
              break;
            }
          }
          reply.end();
        });
  }

  @Override
  public void readdirplus(Readdirplus request, DirectoryPlusReply reply) {
    run(
        reply,
        () -> {
          for (Map.Entry<Long, FileName> entry : after(request).entrySet()) {
            Attributes child = child(node(request), entry.getValue()).attributes;
            boolean added =
                reply.add(
                    entry.getValue(), child.ino(), 0, child, CachePolicy.NONE, entry.getKey());
            if (!added) {
              break;
            }
          }
          reply.end();
        });
  }

  /** Names by cookie, from the request's offset on. */
  private Map<Long, FileName> after(ReadIn request) {
    Map<Long, FileName> names = new TreeMap<>();
    node(request)
        .cookies
        .forEach(
            (name, cookie) -> {
              if (cookie > request.offset()) {
                names.put(cookie, name);
              }
            });
    return names;
  }

  @Override
  public void releasedir(Releasedir request, StatusReply reply) {
    reply.ok();
  }

  @Override
  public void fsyncdir(Fsyncdir request, StatusReply reply) {
    reply.ok();
  }

  @Override
  public void access(Access request, StatusReply reply) {
    reply.ok();
  }

  @Override
  public void getlk(Getlk request, LockReply reply) {
    locks.getlk(request, reply);
  }

  @Override
  public void setlk(Setlk request, StatusReply reply) {
    locks.setlk(request, reply);
  }

  @Override
  public void setlkw(Setlkw request, StatusReply reply) {
    locks.setlkw(request, reply);
  }

  @Override
  public void bmap(Bmap request, BmapReply reply) {
    reply.block(request.block());
  }

  /** Knows no ioctl(2) for files, and gives the caller's data back for directories. */
  @Override
  public void ioctl(Ioctl request, IoctlReply reply) {
    if ((request.flags() & Ioctl.DIR) == 0) {
      reply.error(Errno.ENOTTY);
    } else {
      reply.result(0, Unpooled.copiedBuffer(request.data()));
    }
  }

  @Override
  public void poll(Poll request, PollReply reply) {
    reply.ready(request.events());
  }

  @Override
  public void syncfs(Syncfs request, StatusReply reply) {
    reply.ok();
  }
}
