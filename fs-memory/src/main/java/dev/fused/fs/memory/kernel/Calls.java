package dev.fused.fs.memory.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;

/**
 * The calls of the C library that this package is made of. A call returns "≥ 0, or −errno". Every
 * parameter and result is declared as a 64-bit word, so that one shape fits all. Any thread.
 */
final class Calls {
  static final int O_RDWR = 2;
  static final int O_CREAT = 0100;
  static final int O_EXCL = 0200;
  static final int O_CLOEXEC = 02000000;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;
  static final int FALLOC_KEEP_SIZE = 0x1;
  static final int FALLOC_PUNCH_HOLE = 0x2;
  static final int FSOPEN_CLOEXEC = 1;
  static final int FSCONFIG_SET_STRING = 1;
  static final int FSCONFIG_CMD_CREATE = 6;
  static final int FSMOUNT_CLOEXEC = 1;
  static final int MOUNT_ATTR_NOSUID = 0x2;
  static final int MOUNT_ATTR_NODEV = 0x4;
  static final int MOUNT_ATTR_NOATIME = 0x10;
  static final int MOUNT_ATTR_STRICTATIME = 0x20;

  private static final int PROT_READ_WRITE = 0x3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int MAP_NORESERVE = 0x4000;
  private static final int MADV_HUGEPAGE = 14;
  private static final int STATX_BASIC_STATS = 0x7ff;

  private static final long SYS_STATX =
      System.getProperty("os.arch", "").equals("aarch64") ? 291 : 332;

  private static final long SYS_FSOPEN = 430;
  private static final long SYS_FSCONFIG = 431;
  private static final long SYS_FSMOUNT = 432;

  private static final MemoryLayout CALL_STATE_LAYOUT = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE_LAYOUT.varHandle(PathElement.groupElement("errno"));

  private static final ThreadLocal<MemorySegment> CALL_STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CALL_STATE_LAYOUT));

  private static final FunctionDescriptor SIX_WORDS =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private static final MethodHandle OPENAT = link("openat");
  private static final MethodHandle CLOSE = link("close");
  private static final MethodHandle MKDIRAT = link("mkdirat");
  private static final MethodHandle UNLINKAT = link("unlinkat");
  private static final MethodHandle FTRUNCATE = link("ftruncate");
  private static final MethodHandle FUTIMENS = link("futimens");
  private static final MethodHandle FALLOCATE = link("fallocate");
  private static final MethodHandle LSEEK = link("lseek");
  private static final MethodHandle PREAD = link("pread");
  private static final MethodHandle PWRITE = link("pwrite");
  private static final MethodHandle COPY_FILE_RANGE = link("copy_file_range");
  private static final MethodHandle FSTATFS = link("fstatfs");
  private static final MethodHandle SYSCALL = link("syscall");
  private static final MethodHandle MMAP = link("mmap");
  private static final MethodHandle MUNMAP = link("munmap");
  private static final MethodHandle MADVISE = link("madvise");

  private Calls() {}

  /** openat(2), of a file that only this process may read and write. */
  static int openat(int directory, long path, int flags) {
    return callInt(OPENAT, directory, path, flags, 0600, 0, 0);
  }

  /** open(2) of a directory by its absolute path. */
  static int open(String directory) {
    try (Arena arena = Arena.ofConfined()) {
      return callInt(OPENAT, 0, cString(arena, directory), O_CLOEXEC, 0, 0, 0);
    }
  }

  static int close(int fd) {
    return callInt(CLOSE, fd, 0, 0, 0, 0, 0);
  }

  static int mkdirat(int directory, long path) {
    return callInt(MKDIRAT, directory, path, 0700, 0, 0, 0);
  }

  static int unlinkat(int directory, long path) {
    return callInt(UNLINKAT, directory, path, 0, 0, 0, 0);
  }

  static int ftruncate(int fd, long size) {
    return callInt(FTRUNCATE, fd, size, 0, 0, 0, 0);
  }

  static int futimens(int fd, long times) {
    return callInt(FUTIMENS, fd, times, 0, 0, 0, 0);
  }

  static int fallocate(int fd, int mode, long offset, long length) {
    return callInt(FALLOCATE, fd, mode, offset, length, 0, 0);
  }

  static long lseek(int fd, long offset, int whence) {
    return call(LSEEK, fd, offset, whence, 0, 0, 0);
  }

  static long pread(int fd, long address, long length, long offset) {
    return call(PREAD, fd, address, length, offset, 0, 0);
  }

  static long pwrite(int fd, long address, long length, long offset) {
    return call(PWRITE, fd, address, length, offset, 0, 0);
  }

  /** copy_file_range(2) between the offsets that two words at {@code from} and {@code to} hold. */
  static long copyFileRange(int fromFd, long from, int toFd, long to, long length) {
    return call(COPY_FILE_RANGE, fromFd, from, toFd, to, length, 0);
  }

  static int fstatfs(int fd, long address) {
    return callInt(FSTATFS, fd, address, 0, 0, 0, 0);
  }

  /** statx(2). */
  static int statx(int directory, long path, long address) {
    return callInt(SYSCALL, SYS_STATX, directory, path, 0, STATX_BASIC_STATS, address);
  }

  static int fsopen(String type) {
    try (Arena arena = Arena.ofConfined()) {
      return callInt(SYSCALL, SYS_FSOPEN, cString(arena, type), FSOPEN_CLOEXEC, 0, 0, 0);
    }
  }

  static int fsconfig(int fd, String key, String value) {
    try (Arena arena = Arena.ofConfined()) {
      long name = cString(arena, key);
      return callInt(
          SYSCALL, SYS_FSCONFIG, fd, FSCONFIG_SET_STRING, name, cString(arena, value), 0);
    }
  }

  static int fsconfigCreate(int fd) {
    return callInt(SYSCALL, SYS_FSCONFIG, fd, FSCONFIG_CMD_CREATE, 0, 0, 0);
  }

  static int fsmount(int fd, int attributes) {
    return callInt(SYSCALL, SYS_FSMOUNT, fd, FSMOUNT_CLOEXEC, attributes, 0, 0);
  }

  /** mmap(2) of memory that belongs to no file. */
  static long mmap(long size) {
    return call(MMAP, 0, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS | MAP_NORESERVE, -1, 0);
  }

  static int munmap(long address, long size) {
    return callInt(MUNMAP, address, size, 0, 0, 0, 0);
  }

  static int madviseHugepage(long address, long size) {
    return callInt(MADVISE, address, size, MADV_HUGEPAGE, 0, 0, 0);
  }

  /** A call whose result is an {@code int}: only the low half of the word is defined. */
  private static int callInt(
      MethodHandle function, long a, long b, long c, long d, long e, long f) {
    MemorySegment state = CALL_STATE.get();
    try {
      int result = (int) (long) function.invokeExact(state, a, b, c, d, e, f);
      return result != -1 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Error | RuntimeException unexpected) {
      throw unexpected;
    } catch (Throwable impossible) { // a downcall throws nothing of its own
      throw new IllegalStateException(impossible);
    }
  }

  private static long call(MethodHandle function, long a, long b, long c, long d, long e, long f) {
    MemorySegment state = CALL_STATE.get();
    try {
      long result = (long) function.invokeExact(state, a, b, c, d, e, f);
      return result != -1 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Error | RuntimeException unexpected) {
      throw unexpected;
    } catch (Throwable impossible) { // a downcall throws nothing of its own
      throw new IllegalStateException(impossible);
    }
  }

  private static long cString(Arena arena, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    MemorySegment copy = arena.allocate(bytes.length + 1L); // zeroed
    MemorySegment.copy(bytes, 0, copy, JAVA_BYTE, 0, bytes.length);
    return copy.address();
  }

  @SuppressWarnings("restricted")
  private static MethodHandle link(String name) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        SIX_WORDS,
        Linker.Option.captureCallState("errno"));
  }
}
