package dev.fused.filesystem;

import dev.fused.protocol.Errno;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.request.Access;
import dev.fused.protocol.request.Bmap;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.Fallocate;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Fsync;
import dev.fused.protocol.request.Fsyncdir;
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
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Readlink;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.Removemapping;
import dev.fused.protocol.request.Removexattr;
import dev.fused.protocol.request.Rename;
import dev.fused.protocol.request.Rename2;
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
import java.util.Map;
import java.util.Set;

/**
 * A file system served to the kernel: one method per operation of the FUSE protocol.
 *
 * <p>A method takes the request, whose fields are those of the kernel's structure, and a reply of
 * the type that the operation has. What a file system does not override answers ENOSYS, "not
 * implemented". The smallest useful one has {@link #lookup}, {@link #getattr}, {@link #readdir} and
 * {@link #read}.
 *
 * <p>The root directory has nodeid {@link #ROOT}; the kernel never looks it up. All other nodeids
 * are given out in entry replies and stay valid until FORGET has taken back as many lookups as were
 * given.
 *
 * <p><b>Threads.</b> Methods are called from several event loop threads at once, also for one
 * inode, and must not block, unless {@link #blocking} says that they do. A reply may be completed
 * later, from any thread. An exception out of a method answers EIO, or the errno of an {@link
 * ErrnoException}, and is logged; the mount lives on.
 */
public interface FuseFileSystem {
  /** The nodeid of the root directory. */
  long ROOT = 1;

  /**
   * The INIT flags that this file system asks for: those whose {@link InitFlag#honoured} says
   * FILE_SYSTEM. Any other is refused before mounting. Asked once, before {@link #init}.
   */
  default Set<InitFlag> capabilities() {
    return Set.of();
  }

  /**
   * True if methods may block (on disks, networks, locks): each request then runs on a virtual
   * thread of its own.
   */
  default boolean blocking() {
    return false;
  }

  /** A few words for people, shown when the mount is made: the kind and its limits. */
  default String describe() {
    return getClass().getSimpleName();
  }

  /**
   * Numbers that tell how full the file system is, for {@code fused status} and metrics: names as
   * {@code inodes_used}, with the unit at the end of the name unless it is a count. Asked now and
   * then, on any thread, before {@link #destroy}; cheap, and never waits.
   */
  default Map<String, Long> gauges() {
    return Map.of();
  }

  /**
   * The mount begins: called once, before any other request, with what the kernel agreed to.
   *
   * @param notifier to tell the kernel of changes, from now on until {@link #destroy}; what is told
   *     before this method returns goes out after it
   * @throws MountRefusedException if the mount cannot be served as it was asked for
   */
  default void init(Connection connection, Notifier notifier) {}

  /**
   * The mount has ended: called once, after the last request was answered. Lookups and handles that
   * are left are void.
   */
  default void destroy() {}

  /**
   * Finds a name in a directory: the first step of every system call on a path. The kernel
   * remembers the answer, also that a name is missing, as long as the reply's {@link CachePolicy}
   * says. Names "." and ".." come only with {@link InitFlag#EXPORT_SUPPORT}.
   */
  default void lookup(Lookup request, EntryReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * FORGET and BATCH_FORGET: takes {@code nlookup} lookups of an inode back, since the kernel has
   * dropped it from its caches. An inode without name, lookup and open handle can be freed. Not
   * answered. Also called by the library for a granted entry that the kernel did not take.
   *
   * @param nlookup 1 or more; a kernel never gives back more than it got, other peers may
   */
  default void forget(long nodeid, long nlookup) {}

  /** stat(2), fstat(2), and whenever cached attributes are too old. */
  default void getattr(Getattr request, AttrReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * statx(2) when it asks for what GETATTR does not carry, such as the birth time. After ENOSYS the
   * kernel uses GETATTR.
   */
  default void statx(Statx request, StatxReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * chmod(2), chown(2), truncate(2), utimensat(2) and their descriptor forms; which fields to set
   * is in {@code valid}. Times set with {@code ATIME_NOW} and {@code MTIME_NOW} are the server's
   * own clock. The answer carries the attributes after the change.
   */
  default void setattr(Setattr request, AttrReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** readlink(2), and each path that leads through a symbolic link. */
  default void readlink(Readlink request, LinkTargetReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** symlink(2). */
  default void symlink(Symlink request, EntryReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * mknod(2), mkfifo(3), bind(2) of a Unix socket; and open(2) with O_CREAT where CREATE is not
   * implemented.
   */
  default void mknod(Mknod request, EntryReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** mkdir(2). */
  default void mkdir(Mkdir request, EntryReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** unlink(2). The inode stays usable while it is open or has lookups. */
  default void unlink(Unlink request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** rmdir(2). */
  default void rmdir(Rmdir request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** rename(2), and renameat2(2) without flags. */
  default void rename(Rename request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** renameat2(2) with flags. After ENOSYS the kernel answers EINVAL by itself. */
  default void rename2(Rename2 request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** link(2). The entry returned is the linked inode, whose lookup count grows by one. */
  default void link(Link request, EntryReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * open(2) of a file that exists. After ENOSYS the kernel opens files by itself, with {@code fh}
   * 0, and sends neither OPEN nor RELEASE again.
   */
  default void open(Open request, OpenReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * read(2), pread(2), page faults and readahead. Answer with fewer bytes than {@code
   * request.size()} only at end of file: the kernel zero-fills the rest of the page.
   */
  default void read(Read request, DataReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * write(2), pwrite(2), and dirty pages of a shared mapping. {@code request.data()} is valid until
   * the reply is complete; who needs it longer copies it.
   */
  default void write(Write request, WriteReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** statfs(2), df(1). */
  default void statfs(Statfs request, StatfsReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * The last descriptor of an open file was closed; comes once per handle, some time after
   * close(2), which does not wait for it.
   */
  default void release(Release request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** fsync(2), fdatasync(2), msync(2). After ENOSYS the kernel reports success by itself. */
  default void fsync(Fsync request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * close(2), once per descriptor copy; its error is what close(2) returns. After ENOSYS the kernel
   * reports success by itself.
   */
  default void flush(Flush request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** setxattr(2). {@code request.value()} is valid until the reply is complete. */
  default void setxattr(Setxattr request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * getxattr(2); and before writes the kernel asks for {@code security.capability} unless told
   * otherwise in INIT. ENODATA if there is no such attribute. After ENOSYS the kernel answers
   * EOPNOTSUPP by itself.
   */
  default void getxattr(Getxattr request, XattrReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** listxattr(2). */
  default void listxattr(Listxattr request, XattrReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** removexattr(2). */
  default void removexattr(Removexattr request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** opendir(3). After ENOSYS the kernel opens directories by itself and caches their entries. */
  default void opendir(Opendir request, OpenReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * readdir(3), getdents(2): entries after {@code offset}, where 0 is the start. An entry that is
   * present throughout a scan must be seen exactly once, whatever is created or removed meanwhile.
   */
  default void readdir(Readdir request, DirectoryReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * readdir(3) where the kernel expects the attributes to be asked for next; only with {@link
   * InitFlag#DO_READDIRPLUS}.
   */
  default void readdirplus(Readdirplus request, DirectoryPlusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** closedir(3). */
  default void releasedir(Releasedir request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** fsync(2) of a directory. After ENOSYS the kernel reports success by itself. */
  default void fsyncdir(Fsyncdir request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * access(2) and chdir(2) on mounts without {@code default_permissions}. After ENOSYS the kernel
   * allows everything.
   */
  default void access(Access request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * open(2) with O_CREAT of a name that does not exist. After ENOSYS the kernel uses MKNOD and
   * OPEN.
   */
  default void create(Create request, CreateReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * open(2) with O_TMPFILE: an open file without a name. {@code request.nodeid()} is the directory.
   * After ENOSYS the kernel answers EOPNOTSUPP by itself.
   */
  default void tmpfile(Tmpfile request, CreateReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * fcntl(2) with F_GETLK; only with {@link InitFlag#POSIX_LOCKS}, without which the kernel keeps
   * locks itself.
   */
  default void getlk(Getlk request, LockReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * fcntl(2) with F_SETLK and, with {@link InitFlag#FLOCK_LOCKS}, flock(2) with LK_NB. EAGAIN on
   * conflict.
   */
  default void setlk(Setlk request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * fcntl(2) with F_SETLKW, flock(2): answered when the lock is free, or with EINTR when
   * interrupted. Must not block the thread.
   */
  default void setlkw(Setlkw request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** ioctl(2) FIBMAP; only on block device mounts. */
  default void bmap(Bmap request, BmapReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * ioctl(2), also FS_IOC_GETFLAGS and FS_IOC_FSGETXATTR with a handle that the kernel opens for
   * them. Before FS_IOC_SETFLAGS the kernel asks for FS_IOC_FSGETXATTR. After ENOSYS the caller
   * gets ENOTTY.
   */
  default void ioctl(Ioctl request, IoctlReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** poll(2), select(2), epoll(7). After ENOSYS the file counts as always ready. */
  default void poll(Poll request, PollReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** fallocate(2). After ENOSYS the kernel answers EOPNOTSUPP by itself. */
  default void fallocate(Fallocate request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /**
   * lseek(2) with SEEK_DATA and SEEK_HOLE. After ENOSYS the kernel takes every file as without
   * holes.
   */
  default void lseek(Lseek request, LseekReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** copy_file_range(2), at most 4 GiB at a time. After ENOSYS the kernel reads and writes. */
  default void copyFileRange(CopyFileRange request, CopyReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** copy_file_range(2) of any length. After ENOSYS the kernel uses COPY_FILE_RANGE. */
  default void copyFileRange64(CopyFileRange64 request, CopyReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** Maps a part of a file into the DAX window; virtio-fs only. */
  default void setupmapping(Setupmapping request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** Removes mappings from the DAX window; virtio-fs only. */
  default void removemapping(Removemapping request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }

  /** syncfs(2); sent on block device and virtio-fs mounts only. */
  default void syncfs(Syncfs request, StatusReply reply) {
    reply.error(Errno.ENOSYS);
  }
}
