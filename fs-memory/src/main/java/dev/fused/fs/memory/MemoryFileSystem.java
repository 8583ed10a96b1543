package dev.fused.fs.memory;

import dev.fused.filesystem.AttrReply;
import dev.fused.filesystem.BackingFiles;
import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.Connection;
import dev.fused.filesystem.CopyReply;
import dev.fused.filesystem.CreateReply;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.DirectoryPlusReply;
import dev.fused.filesystem.DirectoryReply;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.LinkTargetReply;
import dev.fused.filesystem.LockReply;
import dev.fused.filesystem.LseekReply;
import dev.fused.filesystem.MountRefusedException;
import dev.fused.filesystem.Notifier;
import dev.fused.filesystem.OpenFlags;
import dev.fused.filesystem.OpenReply;
import dev.fused.filesystem.Reply;
import dev.fused.filesystem.StatfsReply;
import dev.fused.filesystem.StatusReply;
import dev.fused.filesystem.StatxReply;
import dev.fused.filesystem.WriteReply;
import dev.fused.filesystem.XattrReply;
import dev.fused.filesystem.lock.LockTable;
import dev.fused.fs.memory.kernel.PrivateTmpfs;
import dev.fused.protocol.Errno;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.CopyRangeIn;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.Fallocate;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Link;
import dev.fused.protocol.request.Listxattr;
import dev.fused.protocol.request.LockIn;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Lseek;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.Mknod;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Read;
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
import dev.fused.protocol.request.Statx;
import dev.fused.protocol.request.Symlink;
import dev.fused.protocol.request.Tmpfile;
import dev.fused.protocol.request.Unlink;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory that behaves as tmpfs does: bounded, sparse, its data off the heap, gone
 * when it is unmounted.
 *
 * <p>It turns requests into operations on the {@link InodeStore} and their results into replies.
 * Everything is answered inside the call, on the thread that makes it, but for {@link LateSpace}.
 *
 * <p>All changes come through the kernel that caches the answers, so names, attributes and pages
 * may be cached for ever. What the kernel does well alone is not implemented: FSYNC and FSYNCDIR
 * (nothing is anywhere else), ACCESS with {@code default_permissions}. It also keeps the locks,
 * unless {@link MemoryOptions#serverLocks} says that the {@link LockTable} does.
 */
public final class MemoryFileSystem implements FuseFileSystem {
  private static final Set<InitFlag> CAPABILITIES =
      Set.copyOf(
          EnumSet.of(
              InitFlag.ATOMIC_O_TRUNC,
              InitFlag.DO_READDIRPLUS,
              InitFlag.READDIRPLUS_AUTO,
              InitFlag.HANDLE_KILLPRIV_V2,
              InitFlag.CACHE_SYMLINKS,
              InitFlag.EXPORT_SUPPORT,
              InitFlag.EXPLICIT_INVAL_DATA,
              InitFlag.POSIX_ACL,
              InitFlag.DONT_MASK,
              InitFlag.CREATE_SUPP_GROUP,
              InitFlag.ALLOW_IDMAP));

  /**
   * For files whose attributes the kernel has to ask for each time: a direct write may take set-uid
   * and set-gid away without the kernel dropping the mode that it has cached, and what is stored to
   * a mapping of a kernel file changes its times and blocks.
   */
  private static final CachePolicy ASK_AGAIN =
      new CachePolicy(CachePolicy.FOREVER.entry(), Duration.ZERO);

  /** The kernel drops a listing that it keeps as soon as it changes the directory. */
  private static final OpenFlags KEPT_LISTING = OpenFlags.KEEP_CACHE.and(OpenFlags.CACHE_DIR);

  private static final int SUID_SGID = Attributes.S_ISUID | Attributes.S_ISGID;

  private static final Set<InitFlag> LOCK_CAPABILITIES =
      Set.of(InitFlag.POSIX_LOCKS, InitFlag.FLOCK_LOCKS);

  private static final int O_EXCL = 0200;
  private static final int O_TRUNC = 01000;
  private static final int OPEN_KILL_SUIDGID = 1;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  final InodeStore store;
  private final Namespace names;
  private final InodeXattrs xattrs;
  private final InodeAttributes attributes;
  private final FileIo io;
  private final LateSpace space;
  final DirectoryScans scans;
  private final InodePaths paths;

  /** Is empty, and not asked, as long as the kernel keeps the locks. */
  final LockTable locks = new LockTable();

  private final boolean serverLocks;
  private final MemoryOptions options;

  /** How the page cache treats open files, unless the kernel passes them through. */
  private final OpenFlags cacheFlags;

  private final AtomicLong lastHandle = new AtomicLong();

  /** Nobody says who asks, unless an inode is to be created. */
  private volatile boolean withoutIds;

  /**
   * The kernel opens and closes files by itself; as long as it has one open, it does not forget it.
   */
  private volatile boolean withoutOpen;

  public MemoryFileSystem(MemoryOptions options) {
    this(options, Clock.systemUTC());
  }

  /**
   * @param clock gives all times that are not set by users
   */
  public MemoryFileSystem(MemoryOptions options, InstantSource clock) {
    this.options = options;
    store = new InodeStore(options, clock);
    names = new Namespace(store);
    xattrs = new InodeXattrs(store);
    attributes = new InodeAttributes(store, xattrs, options.dataPath() == DataPath.CACHED);
    io = new FileIo(store, attributes);
    space = new LateSpace(store.orphans);
    scans = new DirectoryScans(store, this::cache);
    paths = new InodePaths(store, names);
    serverLocks = options.serverLocks();
    cacheFlags =
        options.dataPath() == DataPath.DIRECT
            ? OpenFlags.DIRECT_IO.and(OpenFlags.PARALLEL_DIRECT_WRITES)
            : OpenFlags.KEEP_CACHE;
    if (serverLocks) {
      store.whenFreed(locks::forget);
    }
  }

  /** Paths of inodes and inodes of paths. */
  public InodePaths paths() {
    return paths;
  }

  @Override
  public Set<InitFlag> capabilities() {
    Set<InitFlag> capabilities = EnumSet.copyOf(CAPABILITIES);
    if (serverLocks) {
      capabilities.addAll(LOCK_CAPABILITIES);
    }
    switch (options.dataPath()) {
      case AUTO -> {}
      case CACHED -> capabilities.remove(InitFlag.ATOMIC_O_TRUNC); // by OPEN, which does not come
      case DIRECT -> capabilities.add(InitFlag.DIRECT_IO_ALLOW_MMAP);
      case PASSTHROUGH -> capabilities.add(InitFlag.PASSTHROUGH);
    }
    return capabilities;
  }

  /** {@code memory, 4.0 GiB, 1,048,576 inodes}, and the way of data if it was chosen. */
  @Override
  public String describe() {
    double size = (double) store.limits.pages.max() * PageArena.PAGE_SIZE;
    int unit = 0;
    while (size >= 1024 && unit < UNITS.length - 1) {
      size /= 1024;
      unit++;
    }
    String path =
        options.dataPath() == DataPath.AUTO ? "" : ", data " + options.dataPath().option();
    return String.format(
        Locale.ROOT,
        "memory, %.1f %s, %,d inodes%s",
        size,
        UNITS[unit],
        store.limits.inodes.max(),
        path);
  }

  @Override
  public void init(Connection connection, Notifier notifier) {
    withoutIds = connection.has(InitFlag.ALLOW_IDMAP);
    boolean leaveOutOpen = options.dataPath() == DataPath.CACHED;
    withoutOpen = leaveOutOpen && connection.has(InitFlag.NO_OPEN_SUPPORT);
    if (options.dataPath() == DataPath.PASSTHROUGH) {
      passThrough(connection.backingFiles());
    }
  }

  /** Who asks for passthrough gets it, or no mount. */
  private void passThrough(BackingFiles backingFiles) {
    backingFiles
        .refusal()
        .ifPresent(
            reason -> {
              throw new MountRefusedException("data=passthrough is impossible: " + reason);
            });
    boolean accessTimes = options.accessTimes().rule() != AccessTimes.Rule.NOATIME;
    try {
      store.keepDataIn(PrivateTmpfs.mount(options.size(), accessTimes), backingFiles);
    } catch (IOException e) {
      throw new MountRefusedException("data=passthrough is impossible: " + e.getMessage(), e);
    }
  }

  /** Gives all memory back: the file system cannot be used again. */
  @Override
  public void destroy() {
    store.close();
  }

  @Override
  public void lookup(Lookup request, EntryReply reply) {
    switch (names.lookup(request.parent(), request.name())) {
      case Result.Ok(Attributes found) -> reply.entry(found, cache(found));
      case Result.Failed(Errno errno) -> {
        if (errno == Errno.ENOENT) {
          reply.noEntry(CachePolicy.FOREVER);
        } else {
          reply.error(errno);
        }
      }
    }
  }

  @Override
  public void forget(long nodeid, long nlookup) {
    store.forget(nodeid, nlookup);
  }

  @Override
  public void getattr(Getattr request, AttrReply reply) {
    complete(reply, attributes.getattr(request.nodeid()));
  }

  @Override
  public void statx(Statx request, StatxReply reply) {
    complete(
        reply,
        attributes.statx(request.nodeid()),
        statx -> reply.statx(statx, cache(request.nodeid(), statx.mode())));
  }

  @Override
  public void setattr(Setattr request, AttrReply reply) {
    complete(reply, attributes.setattr(request.nodeid(), request));
  }

  @Override
  public void readlink(Readlink request, LinkTargetReply reply) {
    complete(reply, io.readlink(request.nodeid()), reply::target);
  }

  @Override
  public void symlink(Symlink request, EntryReply reply) {
    whenSpace(
        () ->
            names.symlink(
                request.parent(), request.name(), request.target(), Caller.of(request, 0)),
        made -> complete(reply, made));
  }

  @Override
  public void mknod(Mknod request, EntryReply reply) {
    whenSpace(
        () ->
            names.mknod(
                request.parent(),
                request.name(),
                request.mode(),
                request.rdev(),
                Caller.of(request, request.umask())),
        made -> complete(reply, made));
  }

  @Override
  public void mkdir(Mkdir request, EntryReply reply) {
    whenSpace(
        () ->
            names.mkdir(
                request.parent(),
                request.name(),
                request.mode(),
                Caller.of(request, request.umask())),
        made -> complete(reply, made));
  }

  @Override
  public void unlink(Unlink request, StatusReply reply) {
    complete(reply, names.unlink(request.parent(), request.name()));
  }

  @Override
  public void rmdir(Rmdir request, StatusReply reply) {
    complete(reply, names.rmdir(request.parent(), request.name()));
  }

  @Override
  public void rename(Rename request, StatusReply reply) {
    complete(
        reply,
        names.rename(
            request.parent(),
            request.oldName(),
            request.newdir(),
            request.newName(),
            0,
            Caller.of(request, 0)));
  }

  @Override
  public void rename2(Rename2 request, StatusReply reply) {
    space.<@Nullable Errno>run(
        () ->
            names.rename(
                request.parent(),
                request.oldName(),
                request.newdir(),
                request.newName(),
                request.flags(),
                Caller.of(request, 0)),
        MemoryFileSystem::isFull,
        errno -> complete(reply, errno));
  }

  @Override
  public void link(Link request, EntryReply reply) {
    whenSpace(
        () -> names.link(request.oldnodeid(), request.parent(), request.newName()),
        linked -> complete(reply, linked));
  }

  @Override
  public void open(Open request, OpenReply reply) {
    if (withoutOpen) {
      reply.error(Errno.ENOSYS); // the kernel does not ask again, nor for RELEASE
      return;
    }
    whenNotTight(request.flags(), () -> answerOpen(request, reply));
  }

  private void answerOpen(Open request, OpenReply reply) {
    boolean truncate = (request.flags() & O_TRUNC) != 0;
    boolean kill = (request.openFlags() & OPEN_KILL_SUIDGID) != 0;
    Errno errno = io.open(request.nodeid(), truncate, kill);
    if (errno == null) {
      complete(
          reply,
          io.opened(request.nodeid(), request.flags()),
          backingId -> reply.opened(newHandle(), openFlags((int) backingId)));
    } else {
      reply.error(errno);
    }
  }

  @Override
  public void create(Create request, CreateReply reply) {
    whenNotTight(request.flags(), () -> answerCreate(request, reply));
  }

  private void answerCreate(Create request, CreateReply reply) {
    whenSpace(
        () ->
            names.create(
                request.nodeid(),
                request.name(),
                request.mode(),
                Caller.of(request, request.umask())),
        made ->
            complete(
                reply,
                made,
                request.flags(),
                () -> names.unlink(request.nodeid(), request.name())));
  }

  @Override
  public void tmpfile(Tmpfile request, CreateReply reply) {
    boolean exclusive = (request.flags() & O_EXCL) != 0;
    whenSpace(
        () ->
            names.tmpfile(
                request.nodeid(), request.mode(), Caller.of(request, request.umask()), exclusive),
        made -> complete(reply, made, request.flags(), () -> {}));
  }

  @Override
  public void read(Read request, DataReply reply) {
    complete(
        reply,
        io.read(request.nodeid(), request.offset(), request.size(), request.flags()),
        reply::data);
  }

  @Override
  public void write(Write request, WriteReply reply) {
    MemorySegment data = MemorySegment.ofBuffer(request.data().nioBuffer());
    boolean kill = (request.writeFlags() & Write.KILL_SUIDGID) != 0;
    space.run(
        () -> io.write(request.nodeid(), request.offset(), data, kill, request.flags()),
        MemoryFileSystem::isFull,
        result -> complete(reply, result, written -> reply.written((int) written)));
  }

  @Override
  public Map<String, Long> gauges() {
    long pages = store.limits.pages.max();
    Map<String, Long> gauges = new LinkedHashMap<>();
    gauges.put("inodes_used", store.limits.inodes.used());
    gauges.put("inodes_max", store.limits.inodes.max());
    gauges.put("pages_used", pages - store.freePages());
    gauges.put("pages_max", pages);
    gauges.put("page_bytes", (long) PageArena.PAGE_SIZE);
    return gauges;
  }

  @Override
  public void statfs(Statfs request, StatfsReply reply) {
    long freePages = store.freePages();
    Limit inodes = store.limits.inodes;
    reply.statfs(
        new StatfsOut(
            store.limits.pages.max(),
            freePages,
            freePages,
            inodes.max(),
            inodes.available(),
            PageArena.PAGE_SIZE,
            Namespace.NAME_MAX,
            PageArena.PAGE_SIZE));
  }

  /** close(2) of any descriptor: needed only if the locks are kept here. */
  @Override
  public void flush(Flush request, StatusReply reply) {
    if (serverLocks) {
      locks.flush(request);
      reply.ok();
    } else {
      reply.error(Errno.ENOSYS); // the kernel does not ask again
    }
  }

  @Override
  public void release(Release request, StatusReply reply) {
    if (!withoutOpen) { // or it was made before the kernel knew
      locks.release(request);
      io.release(request.nodeid());
    }
    reply.ok();
  }

  @Override
  public void getlk(Getlk request, LockReply reply) {
    if (keepsLocks(reply)) {
      locks.getlk(request, reply);
    }
  }

  @Override
  public void setlk(Setlk request, StatusReply reply) {
    if (keepsLocks(reply) && isKnown(request, reply)) {
      locks.setlk(request, reply);
      forgetIfFreed(request);
    }
  }

  @Override
  public void setlkw(Setlkw request, StatusReply reply) {
    if (keepsLocks(reply) && isKnown(request, reply)) {
      locks.setlkw(request, reply);
      forgetIfFreed(request);
    }
  }

  @Override
  public void opendir(Opendir request, OpenReply reply) {
    Errno errno = io.opendir(request.nodeid());
    if (errno == null) {
      reply.opened(scans.open(request.nodeid()), KEPT_LISTING);
    } else {
      reply.error(errno);
    }
  }

  @Override
  public void readdir(Readdir request, DirectoryReply reply) {
    Inode inode = store.get(request.nodeid());
    if (!(inode instanceof Directory directory)) {
      reply.error(Namespace.noDirectory(inode));
    } else if (scans.isOfAnother(request.nodeid(), request.fh())) {
      reply.error(Errno.EBADF);
    } else {
      scans.list(directory, request, reply);
      reply.end();
    }
  }

  @Override
  public void readdirplus(Readdirplus request, DirectoryPlusReply reply) {
    Inode inode = store.get(request.nodeid());
    if (!(inode instanceof Directory directory)) {
      reply.error(Namespace.noDirectory(inode));
    } else if (scans.isOfAnother(request.nodeid(), request.fh())) {
      reply.error(Errno.EBADF);
    } else {
      scans.listPlus(directory, request, reply);
      reply.end();
    }
  }

  @Override
  public void releasedir(Releasedir request, StatusReply reply) {
    if (scans.isOfAnother(request.nodeid(), request.fh())) {
      reply.error(Errno.EBADF);
      return;
    }
    scans.close(request.fh());
    io.release(request.nodeid());
    reply.ok();
  }

  @Override
  public void setxattr(Setxattr request, StatusReply reply) {
    byte[] value = ByteBufUtil.getBytes(request.value());
    boolean killSetgid = (request.setxattrFlags() & Setxattr.ACL_KILL_SGID) != 0;
    space.<@Nullable Errno>run(
        () -> xattrs.setxattr(request.nodeid(), request.name(), value, request.flags(), killSetgid),
        MemoryFileSystem::isFull,
        errno -> complete(reply, errno));
  }

  @Override
  public void getxattr(Getxattr request, XattrReply reply) {
    complete(reply, xattrs.getxattr(request.nodeid(), request.name()), reply::value);
  }

  /**
   * Without ids all names are listed: root's tools need those that begin with "trusted.", and the
   * kernel gives their values to nobody else.
   */
  @Override
  public void listxattr(Listxattr request, XattrReply reply) {
    int uid = withoutIds ? 0 : request.uid();
    complete(reply, xattrs.listxattr(request.nodeid(), uid), reply::names);
  }

  @Override
  public void removexattr(Removexattr request, StatusReply reply) {
    complete(reply, xattrs.removexattr(request.nodeid(), request.name()));
  }

  @Override
  public void fallocate(Fallocate request, StatusReply reply) {
    space.<@Nullable Errno>run(
        () -> io.fallocate(request.nodeid(), request.offset(), request.length(), request.mode()),
        MemoryFileSystem::isFull,
        errno -> complete(reply, errno));
  }

  @Override
  public void lseek(Lseek request, LseekReply reply) {
    switch (request.whence()) {
      case SEEK_DATA, SEEK_HOLE -> {
        boolean hole = request.whence() == SEEK_HOLE;
        complete(reply, io.seek(request.nodeid(), request.offset(), hole), reply::offset);
      }
      default -> reply.error(Errno.EINVAL);
    }
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
    if (request.flags() != 0) {
      reply.error(Errno.EINVAL);
      return;
    }
    space.run(
        () ->
            io.copy(
                request.nodeid(),
                request.offIn(),
                request.nodeidOut(),
                request.offOut(),
                request.len()),
        MemoryFileSystem::isFull,
        result -> complete(reply, result, reply::copied));
  }

  /** What the kernel writes by itself it cannot try again: so it is the open that waits. */
  private void whenNotTight(int openFlags, Runnable answer) {
    space.run(() -> store.isTight(openFlags), tight -> tight, _ -> answer.run());
  }

  private void whenSpace(
      Supplier<Result<Attributes>> operation, Consumer<Result<Attributes>> answer) {
    space.run(operation, MemoryFileSystem::isFull, answer);
  }

  private static boolean isFull(Result<Attributes> result) {
    return result instanceof Result.Failed<Attributes>(Errno errno) && isFull(errno);
  }

  private static boolean isFull(@Nullable Errno errno) {
    return errno == Errno.ENOSPC;
  }

  private static boolean isFull(long result) {
    return result == -Errno.ENOSPC.number();
  }

  /** Says ENOSYS if the kernel keeps the locks: it does not ask then. */
  private boolean keepsLocks(Reply reply) {
    if (!serverLocks) {
      reply.error(Errno.ENOSYS);
    }
    return serverLocks;
  }

  /** Says ESTALE if there is no such inode: nothing would ever release a lock on it. */
  private boolean isKnown(LockIn request, StatusReply reply) {
    if (store.get(request.nodeid()) == null) {
      reply.error(Errno.ESTALE);
      return false;
    }
    return true;
  }

  /** The inode may have been freed before the lock was there to go with it. */
  private void forgetIfFreed(LockIn request) {
    if (store.get(request.nodeid()) == null) {
      locks.forget(request.nodeid());
    }
  }

  /** Only locks need to tell handles apart; for all else the nodeid says it all. */
  private long newHandle() {
    return serverLocks ? lastHandle.incrementAndGet() : 0;
  }

  /**
   * @param backingId what the kernel is to read and write in place of the file, or 0
   */
  private OpenFlags openFlags(int backingId) {
    OpenFlags flags = backingId == 0 ? cacheFlags : OpenFlags.passthrough(backingId);
    return serverLocks ? flags : flags.and(OpenFlags.NOFLUSH);
  }

  private CachePolicy cache(Attributes attributes) {
    return cache(attributes.ino(), attributes.mode());
  }

  private CachePolicy cache(long nodeid, int mode) {
    boolean isFile = (mode & Attributes.S_IFMT) == Attributes.S_IFREG;
    boolean isUncertain = (mode & SUID_SGID) != 0 || store.changesUnseen(nodeid);
    return isFile && isUncertain ? ASK_AGAIN : CachePolicy.FOREVER;
  }

  private void complete(EntryReply reply, Result<Attributes> result) {
    complete(reply, result, entry -> reply.entry(entry, cache(entry)));
  }

  /**
   * @param unlink takes the name back that was made, if the file cannot be opened: the kernel goes
   *     on believing that there is none
   */
  private void complete(CreateReply reply, Result<Attributes> result, int flags, Runnable unlink) {
    complete(
        reply,
        result,
        made -> {
          if (withoutOpen) {
            io.release(made.ino()); // nobody will say when it is closed
            reply.created(made, cache(made), newHandle(), openFlags(0));
            return;
          }
          int backingId = -Errno.EIO.number();
          try {
            backingId = io.opened(made.ino(), flags);
          } finally {
            if (backingId < 0) {
              unlink.run();
              store.forget(made.ino(), 1);
            }
          }
          complete(
              reply,
              backingId,
              id -> reply.created(made, cache(made), newHandle(), openFlags((int) id)));
        });
  }

  private void complete(AttrReply reply, Result<Attributes> result) {
    complete(reply, result, found -> reply.attributes(found, cache(found)));
  }

  private static void complete(StatusReply reply, @Nullable Errno errno) {
    if (errno == null) {
      reply.ok();
    } else {
      reply.error(errno);
    }
  }

  private static <T> void complete(Reply reply, Result<T> result, Consumer<T> success) {
    switch (result) {
      case Result.Ok<T>(T value) -> success.accept(value);
      case Result.Failed<T>(Errno errno) -> reply.error(errno);
    }
  }

  /**
   * @param result 0 or more, or a negative error number
   */
  private static void complete(Reply reply, long result, LongConsumer success) {
    if (result >= 0) {
      success.accept(result);
    } else {
      Errno errno = Errno.ofNumber((int) result);
      reply.error(errno == null ? Errno.EIO : errno);
    }
  }
}
