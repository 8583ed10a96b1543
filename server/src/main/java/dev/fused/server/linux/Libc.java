package dev.fused.server.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The C library: every call of the server that leaves Java, but those of {@link IoUring}, {@link
 * Credentials} and {@link UserDatabase}.
 *
 * <p>A call returns "≥ 0, or −errno" and never throws for an errno. EINTR is returned like any
 * other. All methods may be called from any thread; a call that blocks holds its platform thread
 * (and pins a virtual one).
 *
 * <p>Pointers are {@code long} addresses. The caller keeps the memory behind them alive until the
 * call returns; in return {@link #read}, {@link #write}, {@link #writev}, {@link #touch} and {@link
 * #fstatx} allocate nothing. Constants stand under their names in C; x86-64 and aarch64 share the
 * values of all that are here (they differ in O_DIRECT, O_DIRECTORY, O_NOFOLLOW and O_LARGEFILE).
 */
public final class Libc {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_CLOEXEC = 0x80000;

  public static final int F_DUPFD_CLOEXEC = 1030;
  public static final int F_GETFD = 1;
  public static final int F_SETFD = 2;
  public static final int F_GETFL = 3;
  public static final int F_SETFL = 4;
  public static final int FD_CLOEXEC = 1;

  public static final int AF_UNIX = 1;
  public static final int SOCK_STREAM = 1;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_SEQPACKET = 5;
  public static final int SOCK_CLOEXEC = O_CLOEXEC;
  public static final int SOCK_NONBLOCK = O_NONBLOCK;
  public static final int SOL_SOCKET = 1;
  public static final int SCM_RIGHTS = 1;
  public static final int MSG_CMSG_CLOEXEC = 0x40000000;
  public static final int SO_SNDBUF = 7;
  public static final int SO_SNDBUFFORCE = 32;

  public static final short POLLIN = 0x1;
  public static final short POLLOUT = 0x4;
  public static final short POLLERR = 0x8;
  public static final short POLLHUP = 0x10;
  public static final short POLLNVAL = 0x20;

  public static final int MS_RDONLY = 1;
  public static final int MS_NOSUID = 2;
  public static final int MS_NODEV = 4;
  public static final int MS_NOEXEC = 8;
  public static final int MS_SYNCHRONOUS = 16;
  public static final int MS_DIRSYNC = 128;
  public static final int MS_NOSYMFOLLOW = 256;
  public static final int MS_NOATIME = 1024;
  public static final int MS_NODIRATIME = 2048;
  public static final int MS_RELATIME = 1 << 21;
  public static final int MS_STRICTATIME = 1 << 24;
  public static final int MS_LAZYTIME = 1 << 25;

  public static final int MFD_CLOEXEC = 1;

  public static final int EFD_CLOEXEC = O_CLOEXEC;

  public static final int PROT_READ = 1;
  public static final int PROT_WRITE = 2;
  public static final int MAP_SHARED = 1;
  public static final int MAP_PRIVATE = 2;
  public static final int MAP_ANONYMOUS = 0x20;
  public static final int MAP_NORESERVE = 0x4000;
  public static final int MAP_POPULATE = 0x8000;

  private static final int MADV_DONTNEED = 4;

  private static final int PR_SET_IO_FLUSHER = 57;

  private static final int STATMOUNT_MNT_BASIC = 2;

  /** Bytes of {@code struct statmount}, without what strings it may hold. */
  private static final int STATMOUNT_SIZE = 512;

  public static final int MNT_FORCE = 1;
  public static final int MNT_DETACH = 2;
  public static final int UMOUNT_NOFOLLOW = 8;

  public static final int FSOPEN_CLOEXEC = 1;
  public static final int FSCONFIG_CMD_CREATE = 6;
  public static final int FSMOUNT_CLOEXEC = 1;

  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_EMPTY_PATH = 0x1000;
  public static final int AT_STATX_FORCE_SYNC = 0x2000;
  public static final int AT_STATX_DONT_SYNC = 0x4000;
  public static final int STATX_MODE = 0x2;
  public static final int STATX_MTIME = 0x40;
  public static final int STATX_MNT_ID_UNIQUE = 0x4000;

  /** Bytes of {@code struct statx}. */
  public static final int STATX_SIZE = 256;

  static {
    Platform.requireSupported();
  }

  /** More bytes than {@code posix_spawn_file_actions_t} has in any C library (glibc: 80). */
  private static final long SPAWN_ACTIONS_SIZE = 256;

  /** Bytes of a {@code struct cmsghdr} with one descriptor, without and with its padding. */
  private static final int CONTROL_LENGTH = 20;

  private static final int CONTROL_SIZE = 24;

  /** Bytes of {@code sun_path} in {@code struct sockaddr_un}, and where it begins. */
  public static final int UNIX_PATH_SIZE = 108;

  private static final int UNIX_PATH_OFFSET = 2;
  private static final int EBADMSG = 74;

  private static final long AT_FDCWD = -100;
  private static final long SYS_STATX = Platform.isX86() ? 332 : 291;
  private static final long SYS_MEMFD_CREATE = Platform.isX86() ? 319 : 279;
  private static final long SYS_STATMOUNT = 457;
  private static final long SYS_FSOPEN = 430;
  private static final long SYS_FSCONFIG = 431;
  private static final long SYS_FSMOUNT = 432;

  private static final MemoryLayout CALL_STATE_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE_LAYOUT.varHandle(PathElement.groupElement("errno"));

  /** Where a call leaves its errno; one a thread, since a blocked call keeps using it. */
  private static final ThreadLocal<MemorySegment> CALL_STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CALL_STATE_LAYOUT));

  /**
   * Every parameter and result is declared as a 64-bit word. Both ABIs pass integers and pointers
   * in the same registers, variadic ones too; a callee looks only at the low half of an {@code int}
   * and at the registers that it has parameters for. So two shapes fit all functions, which
   * matters: linking a shape takes the JVM about 10 ms, another function of a known shape almost
   * nothing.
   */
  private static final FunctionDescriptor THREE_WORDS =
      FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  static final FunctionDescriptor SIX_WORDS =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private static final MethodHandle READ = link("read", THREE_WORDS);
  private static final MethodHandle WRITE = link("write", THREE_WORDS);
  private static final MethodHandle WRITEV = link("writev", THREE_WORDS);
  private static final MethodHandle FUTIMENS = link("futimens", THREE_WORDS);

  private static final MethodHandle OPEN = link("open", SIX_WORDS);
  private static final MethodHandle CLOSE = link("close", SIX_WORDS);
  private static final MethodHandle IOCTL = link("ioctl", SIX_WORDS);
  private static final MethodHandle FCNTL = link("fcntl", SIX_WORDS);
  private static final MethodHandle POLL = link("poll", SIX_WORDS);
  private static final MethodHandle PIPE2 = link("pipe2", SIX_WORDS);
  private static final MethodHandle SOCKETPAIR = link("socketpair", SIX_WORDS);
  private static final MethodHandle SOCKET = link("socket", SIX_WORDS);
  private static final MethodHandle CONNECT = link("connect", SIX_WORDS);
  private static final MethodHandle SETSOCKOPT = link("setsockopt", SIX_WORDS);
  private static final MethodHandle GETSOCKOPT = link("getsockopt", SIX_WORDS);
  private static final MethodHandle RECVMSG = link("recvmsg", SIX_WORDS);
  private static final MethodHandle DUP2 = link("dup2", SIX_WORDS);
  private static final MethodHandle MOUNT = link("mount", SIX_WORDS);
  private static final MethodHandle UMOUNT2 = link("umount2", SIX_WORDS);
  private static final MethodHandle SYSCALL = link("syscall", SIX_WORDS);
  private static final MethodHandle EVENTFD = link("eventfd", SIX_WORDS);
  private static final MethodHandle MMAP = link("mmap", SIX_WORDS);
  private static final MethodHandle MUNMAP = link("munmap", SIX_WORDS);
  private static final MethodHandle MADVISE = link("madvise", SIX_WORDS);
  private static final MethodHandle GETPAGESIZE = link("getpagesize", SIX_WORDS);
  private static final MethodHandle SCHED_SETAFFINITY = link("sched_setaffinity", SIX_WORDS);
  private static final MethodHandle PRCTL = link("prctl", SIX_WORDS);
  private static final MethodHandle CHDIR = link("chdir", SIX_WORDS);
  private static final MethodHandle SETSID = link("setsid", SIX_WORDS);
  private static final MethodHandle UMASK = link("umask", SIX_WORDS);
  private static final MethodHandle KILL = link("kill", SIX_WORDS);
  private static final MethodHandle WAITPID = link("waitpid", SIX_WORDS);
  private static final MethodHandle POSIX_SPAWN = link("posix_spawn", SIX_WORDS);
  private static final MethodHandle SPAWN_ACTIONS_INIT =
      link("posix_spawn_file_actions_init", SIX_WORDS);
  private static final MethodHandle SPAWN_ACTIONS_DUP2 =
      link("posix_spawn_file_actions_adddup2", SIX_WORDS);
  private static final MethodHandle SPAWN_ACTIONS_DESTROY =
      link("posix_spawn_file_actions_destroy", SIX_WORDS);
  private static final MethodHandle GETPID = link("getpid", SIX_WORDS);
  private static final MethodHandle GETUID = link("getuid", SIX_WORDS);
  private static final MethodHandle GETEUID = link("geteuid", SIX_WORDS);
  private static final MethodHandle GETGID = link("getgid", SIX_WORDS);

  private static final long EMPTY_STRING = cString(Arena.global(), "");

  private Libc() {}

  /** read(2) into {@code length} bytes at {@code address}; 0 is the end of the file. */
  public static int read(int fd, long address, int length) {
    MemorySegment state = CALL_STATE.get();
    try {
      long result = (long) READ.invokeExact(state, (long) fd, address, (long) length);
      return result != -1 ? (int) result : -errno(state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** write(2) of {@code length} bytes at {@code address}. */
  public static int write(int fd, long address, int length) {
    MemorySegment state = CALL_STATE.get();
    try {
      long result = (long) WRITE.invokeExact(state, (long) fd, address, (long) length);
      return result != -1 ? (int) result : -errno(state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * writev(2) of the buffers that {@code count} {@code struct iovec} (pointer and length, 8 bytes
   * each) at {@code iovecs} name.
   */
  public static int writev(int fd, long iovecs, int count) {
    MemorySegment state = CALL_STATE.get();
    try {
      long result = (long) WRITEV.invokeExact(state, (long) fd, iovecs, (long) count);
      return result != -1 ? (int) result : -errno(state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** open(2) with mode 0666 for what is created; returns the descriptor. */
  public static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return call(OPEN, cString(arena, path), flags, 0666);
    }
  }

  /** close(2). The descriptor is gone even after EINTR: never repeat it. */
  public static int close(int fd) {
    return call(CLOSE, fd);
  }

  /** ioctl(2) whose argument is a pointer or an integer; {@code request} is taken as unsigned. */
  public static int ioctl(int fd, int request, long argument) {
    return call(IOCTL, fd, Integer.toUnsignedLong(request), argument);
  }

  /** fcntl(2) of a command with an integer argument. */
  public static int fcntl(int fd, int command, int argument) {
    return call(FCNTL, fd, command, argument);
  }

  /**
   * poll(2) of one descriptor.
   *
   * @param timeoutMillis 0 returns at once, −1 waits for ever
   * @return the events that are true (POLLERR, POLLHUP and POLLNVAL come unasked), 0 after the
   *     timeout, or −errno
   */
  public static int poll(int fd, short events, int timeoutMillis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pollfd = arena.allocate(JAVA_LONG);
      pollfd.set(JAVA_INT, 0, fd);
      pollfd.set(JAVA_SHORT, 4, events);
      int ready = call(POLL, pollfd.address(), 1, timeoutMillis);
      return ready > 0 ? Short.toUnsignedInt(pollfd.get(JAVA_SHORT, 6)) : ready;
    }
  }

  /** pipe2(2): two descriptors, the reading end first, into the 8 bytes at {@code address}. */
  public static int pipe2(long address, int flags) {
    return call(PIPE2, address, flags);
  }

  /** socketpair(2) of the default protocol: two descriptors into the 8 bytes at {@code address}. */
  public static int socketpair(int domain, int type, long address) {
    return call(SOCKETPAIR, domain, type, 0, address);
  }

  /** socket(2) of the default protocol; returns the descriptor. */
  public static int socket(int domain, int type) {
    return call(SOCKET, domain, type, 0);
  }

  /**
   * connect(2) to a Unix socket.
   *
   * @param name of at most {@link #UNIX_PATH_SIZE} bytes, as {@code sun_path} has it: a path, or
   *     NUL and the name of an abstract socket
   */
  public static int connect(int fd, byte[] name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(UNIX_PATH_OFFSET + UNIX_PATH_SIZE); // zeroed
      address.set(JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, address, JAVA_BYTE, UNIX_PATH_OFFSET, name.length);
      return call(CONNECT, fd, address.address(), UNIX_PATH_OFFSET + name.length);
    }
  }

  /** setsockopt(2) of an option whose value is an integer. */
  public static int setsockopt(int fd, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment copy = arena.allocateFrom(JAVA_INT, value);
      return call(SETSOCKOPT, fd, level, option, copy.address(), JAVA_INT.byteSize());
    }
  }

  /** getsockopt(2) of an option whose value is an integer that is not negative, or −errno. */
  public static int getsockopt(int fd, int level, int option) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_INT);
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) JAVA_INT.byteSize());
      int result = call(GETSOCKOPT, fd, level, option, value.address(), length.address());
      return result < 0 ? result : value.get(JAVA_INT, 0);
    }
  }

  /**
   * recvmsg(2) of one byte with which the other end of a Unix socket sends a descriptor
   * (SCM_RIGHTS); it is O_CLOEXEC.
   *
   * @return the descriptor; −EBADMSG if none came, also because the other end is closed
   */
  public static int receiveDescriptor(int socket) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(JAVA_LONG);
      MemorySegment vector = arena.allocate(JAVA_LONG, 2); // struct iovec
      vector.setAtIndex(JAVA_LONG, 0, data.address());
      vector.setAtIndex(JAVA_LONG, 1, 1);
      MemorySegment control = arena.allocate(CONTROL_SIZE, Long.BYTES); // struct cmsghdr, int
      MemorySegment message = arena.allocate(JAVA_LONG, 7); // struct msghdr
      message.setAtIndex(JAVA_LONG, 2, vector.address());
      message.setAtIndex(JAVA_LONG, 3, 1);
      message.setAtIndex(JAVA_LONG, 4, control.address());
      message.setAtIndex(JAVA_LONG, 5, CONTROL_SIZE);
      int count = call(RECVMSG, socket, message.address(), MSG_CMSG_CLOEXEC);
      if (count < 0) {
        return count;
      }
      boolean sent =
          message.getAtIndex(JAVA_LONG, 5) >= CONTROL_LENGTH
              && control.get(JAVA_LONG, 0) == CONTROL_LENGTH
              && control.get(JAVA_INT, 8) == SOL_SOCKET
              && control.get(JAVA_INT, 12) == SCM_RIGHTS;
      return sent ? control.get(JAVA_INT, 16) : -EBADMSG;
    }
  }

  /** dup2(2): {@code newFd} becomes another name of {@code oldFd}. */
  public static int dup2(int oldFd, int newFd) {
    return call(DUP2, oldFd, newFd);
  }

  /** mount(2). */
  public static int mount(String source, String target, String type, int flags, String data) {
    try (Arena arena = Arena.ofConfined()) {
      return call(
          MOUNT,
          cString(arena, source),
          cString(arena, target),
          cString(arena, type),
          Integer.toUnsignedLong(flags),
          cString(arena, data));
    }
  }

  /** umount2(2). Blocks while the file system writes back, for ever if its server is dead. */
  public static int umount2(String target, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return call(UMOUNT2, cString(arena, target), flags);
    }
  }

  /**
   * statx(2) of an absolute path into the {@link #STATX_SIZE} bytes at {@code address}. ENOSYS
   * before Linux 4.11. Called by number, since not every C library has it.
   */
  public static int statx(String path, int flags, int mask, long address) {
    try (Arena arena = Arena.ofConfined()) {
      return call(SYSCALL, SYS_STATX, AT_FDCWD, cString(arena, path), flags, mask, address);
    }
  }

  /** statx(2) of an open file; else as {@link #statx}. */
  public static int fstatx(int fd, int mask, long address) {
    MemorySegment state = CALL_STATE.get();
    long flags = AT_EMPTY_PATH;
    try {
      long result =
          (long)
              SYSCALL.invokeExact(
                  state, SYS_STATX, (long) fd, EMPTY_STRING, flags, (long) mask, address);
      return result != -1 ? (int) result : -errno(state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** futimens(3) of an open file: its times are now. */
  public static int touch(int fd) {
    MemorySegment state = CALL_STATE.get();
    try {
      int result = (int) (long) FUTIMENS.invokeExact(state, (long) fd, 0L, 0L);
      return result != -1 ? result : -errno(state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * memfd_create(2): a new file in memory; returns the descriptor. Called by number, since not
   * every C library has it.
   */
  public static int memfdCreate(String name, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return call(SYSCALL, SYS_MEMFD_CREATE, cString(arena, name), flags);
    }
  }

  /** fsopen(2): a descriptor on which a file system is set up. ENOSYS before Linux 5.2. */
  public static int fsopen(String type, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return call(SYSCALL, SYS_FSOPEN, cString(arena, type), flags);
    }
  }

  /** fsconfig(2) of a command without key and value. */
  public static int fsconfig(int fd, int command) {
    return call(SYSCALL, SYS_FSCONFIG, fd, command);
  }

  /** fsmount(2): a descriptor of a mount that is in no place, and ends when that is closed. */
  public static int fsmount(int fd, int flags) {
    return call(SYSCALL, SYS_FSMOUNT, fd, flags);
  }

  /** eventfd(2) with a count of 0; returns the descriptor. */
  public static int eventfd(int flags) {
    return call(EVENTFD, 0, flags);
  }

  /**
   * mmap(2) at an address that the kernel chooses.
   *
   * @return the address, or −errno, which is greater than −4096
   */
  public static long mmap(long size, int protection, int flags, int fd, long offset) {
    MemorySegment state = CALL_STATE.get();
    try {
      long result =
          (long)
              MMAP.invokeExact(state, 0L, size, (long) protection, (long) flags, (long) fd, offset);
      return result != -1 ? result : -errno(state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** munmap(2). */
  public static int munmap(long address, long size) {
    return call(MUNMAP, address, size);
  }

  /** getpagesize(2): bytes of a page. */
  public static int getpagesize() {
    return call(GETPAGESIZE);
  }

  /**
   * sched_setaffinity(2): this thread runs on one processor from now on. EINVAL if that is not
   * there, or not this process's to use.
   */
  public static int pinThisThread(int processor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(JAVA_LONG, processor / Long.SIZE + 1L);
      mask.setAtIndex(JAVA_LONG, processor / Long.SIZE, 1L << (processor % Long.SIZE));
      return call(SCHED_SETAFFINITY, 0, mask.byteSize(), mask.address());
    }
  }

  /** prctl(2) of this thread with one argument, and zeros where others could be. */
  static int prctl(int option, long argument) {
    return call(PRCTL, option, argument, 0, 0, 0);
  }

  /**
   * prctl(2), PR_SET_IO_FLUSHER: this thread, and those that it starts from now on, are part of how
   * dirty pages are written. When one of them needs memory, the kernel does not wait for such pages
   * to be written. Linux 5.6, with CAP_SYS_RESOURCE (EPERM).
   */
  public static int becomeIoFlusher() {
    return prctl(PR_SET_IO_FLUSHER, 1);
  }

  /** A call by its number, which the C library has no function for, or one that does more. */
  static int systemCall(long number, long... words) {
    long[] all = new long[words.length + 1];
    all[0] = number;
    System.arraycopy(words, 0, all, 1, words.length);
    return call(SYSCALL, all);
  }

  /**
   * statmount(2): 0 if a mount is there, −ENOENT if not. Other errors say nothing: it came with
   * Linux 6.8, and a filter of system calls may not know it.
   *
   * @param uniqueId as statx(2) gives it with {@link #STATX_MNT_ID_UNIQUE}
   */
  public static int statmount(long uniqueId) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(JAVA_LONG, 3); // struct mnt_id_req
      request.set(JAVA_INT, 0, (int) request.byteSize());
      request.setAtIndex(JAVA_LONG, 1, uniqueId);
      request.setAtIndex(JAVA_LONG, 2, STATMOUNT_MNT_BASIC);
      MemorySegment answer = arena.allocate(STATMOUNT_SIZE, Long.BYTES);
      return systemCall(SYS_STATMOUNT, request.address(), answer.address(), answer.byteSize(), 0);
    }
  }

  /** madvise(2): the pages of private memory are given back, and are zeros when touched again. */
  static int dontNeed(long address, long length) {
    return call(MADVISE, address, length, MADV_DONTNEED);
  }

  /** chdir(2). The JDK's own idea of the working directory does not follow. */
  public static int chdir(String path) {
    try (Arena arena = Arena.ofConfined()) {
      return call(CHDIR, cString(arena, path));
    }
  }

  /** setsid(2); returns the session's id, EPERM for the leader of a process group. */
  public static int setsid() {
    return call(SETSID);
  }

  /** kill(2); signal 0 only asks whether the process is there (ESRCH: it is not). */
  public static int kill(int pid, int signal) {
    return call(KILL, pid, signal);
  }

  /**
   * waitpid(2) for one child, whose status goes into the 4 bytes at {@code address}. Blocks until
   * it has ended.
   */
  public static int waitpid(int pid, long address) {
    return call(WAITPID, pid, address, 0);
  }

  /** {@link #posixSpawn(List, Map, int...)} with the environment of this JVM alone. */
  public static int posixSpawn(List<String> command, int... moves) {
    return posixSpawn(command, Map.of(), moves);
  }

  /**
   * posix_spawn(3) of {@code command}. In the child, descriptors are moved as {@code moves} says:
   * pairs of a number here and the number there, in this order.
   *
   * @param command the program's path and its arguments
   * @param variables added to the environment of this JVM, which comes without {@link
   *     ServiceVariables}
   * @return the child's pid
   */
  public static int posixSpawn(List<String> command, Map<String, String> variables, int... moves) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pid = arena.allocate(JAVA_INT);
      MemorySegment actions = arena.allocate(SPAWN_ACTIONS_SIZE, Long.BYTES);
      int error = call(SPAWN_ACTIONS_INIT, actions.address());
      for (int i = 0; i < moves.length && error == 0; i += 2) {
        error = call(SPAWN_ACTIONS_DUP2, actions.address(), moves[i], moves[i + 1]);
      }
      Map<String, String> merged = new HashMap<>(System.getenv());
      ServiceVariables.removeFrom(merged);
      merged.putAll(variables);
      List<String> environment =
          merged.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
      if (error == 0) {
        error =
            call(
                POSIX_SPAWN,
                pid.address(),
                cString(arena, command.getFirst()),
                actions.address(),
                0,
                cStrings(arena, command),
                cStrings(arena, environment));
      }
      call(SPAWN_ACTIONS_DESTROY, actions.address());
      // These functions return the errno itself, not -1.
      return error == 0 ? pid.get(JAVA_INT, 0) : -error;
    }
  }

  /** umask(2) of the whole process; returns the mask before. */
  public static int umask(int mask) {
    return call(UMASK, mask);
  }

  public static int getpid() {
    return call(GETPID);
  }

  /** The real uid. */
  public static int getuid() {
    return call(GETUID);
  }

  /** The effective uid. */
  public static int geteuid() {
    return call(GETEUID);
  }

  /** The real gid. */
  public static int getgid() {
    return call(GETGID);
  }

  /** Any call that is not made for every request. */
  static int call(MethodHandle function, long... words) {
    MemorySegment state = CALL_STATE.get();
    long[] w = Arrays.copyOf(words, 6);
    try {
      int result = (int) (long) function.invokeExact(state, w[0], w[1], w[2], w[3], w[4], w[5]);
      return result != -1 ? result : -errno(state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** A call that returns a pointer, for {@link UserDatabase}; 0 for NULL. */
  static long address(MethodHandle function, long argument) {
    try {
      return (long) function.invokeExact(CALL_STATE.get(), argument, 0L, 0L, 0L, 0L, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** A call of seven words, for {@link IoUring}; allocates nothing. */
  static int result(MethodHandle function, long a, long b, long c, long d, long e, long f, long g) {
    MemorySegment state = CALL_STATE.get();
    try {
      int result = (int) (long) function.invokeExact(state, a, b, c, d, e, f, g);
      return result != -1 ? result : -errno(state);
    } catch (Throwable thrown) {
      throw unexpected(thrown);
    }
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  /** The address of a copy of {@code text} that ends with NUL and lives as long as the arena. */
  static long cString(Arena arena, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a C string cannot hold NUL: " + text);
    }
    byte[] bytes = text.getBytes(Platform.FILE_NAMES);
    MemorySegment copy = arena.allocate(bytes.length + 1L); // zeroed
    MemorySegment.copy(bytes, 0, copy, JAVA_BYTE, 0, bytes.length);
    return copy.address();
  }

  /** The address of an array of {@link #cString}s that ends with NULL. */
  private static long cStrings(Arena arena, List<String> texts) {
    MemorySegment array = arena.allocate(JAVA_LONG, texts.size() + 1L); // zeroed
    for (int i = 0; i < texts.size(); i++) {
      array.setAtIndex(JAVA_LONG, i, cString(arena, texts.get(i)));
    }
    return array.address();
  }

  @SuppressWarnings("restricted") // the one place where native access begins
  static MethodHandle link(String name, FunctionDescriptor shape) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), shape, Linker.Option.captureCallState("errno"));
  }

  /**
   * {@code invokeExact} is declared to throw anything, but a downcall throws nothing of its own.
   */
  private static RuntimeException unexpected(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException e ? e : new IllegalStateException(thrown);
  }
}
