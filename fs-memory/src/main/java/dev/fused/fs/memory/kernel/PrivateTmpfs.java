package dev.fused.fs.memory.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.fused.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A tmpfs that is mounted in no place: nobody else can reach it, and when this process ends,
 * however that comes about, its memory is free. Files have numbers, and lie in directories of their
 * own so that few callers meet in one. No descriptor stays open but one, that of the mount. Any
 * thread.
 *
 * <p>Why not memfds: they hold data only while somebody has them open, and there may be more files
 * than a process may open.
 */
public final class PrivateTmpfs implements AutoCloseable {
  /**
   * The times of a file that was neither read nor written: no clock says that again. Those of its
   * birth would not do, as the kernel's clock ticks every few milliseconds only.
   */
  public static final long UNUSED = 0;

  /** Two {@code struct timespec}. */
  private static final MemorySegment UNUSED_TIMES =
      Arena.global().allocate(4L * Long.BYTES, Long.BYTES); // zeroed

  private static final int DIRECTORIES = 256;
  private static final int HEX = 16;

  /** Two digits of the directory, a slash, sixteen of the file, and NUL. */
  private static final int PATH_SIZE = 20;

  private static final int STATX_SIZE = 256;
  private static final int STATX_SIZE_OFFSET = 40;
  private static final int STATX_BLOCKS = 48;
  private static final int STATX_ATIME = 64;
  private static final int STATX_MTIME = 112;

  private static final int STATFS_SIZE = 120;
  private static final int STATFS_BFREE = 24;

  private static final ThreadLocal<MemorySegment> SCRATCH =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATX_SIZE + PATH_SIZE, Long.BYTES));

  private final int root;

  private PrivateTmpfs(int root) {
    this.root = root;
  }

  /**
   * Mounts one in no place.
   *
   * @param size most bytes, in whole pages
   * @param accessTimes true if reading is to renew access times, each time
   * @throws IOException with the reason: it takes CAP_SYS_ADMIN, and Linux 5.2
   */
  public static PrivateTmpfs mount(long size, boolean accessTimes) throws IOException {
    int context = checked("be set up", Calls.fsopen("tmpfs"));
    try {
      checked("have that size", Calls.fsconfig(context, "size", Long.toString(size)));
      checked("have any number of files", Calls.fsconfig(context, "nr_inodes", "0"));
      checked("have that mode", Calls.fsconfig(context, "mode", "0700"));
      checked("be made", Calls.fsconfigCreate(context));
      int times = accessTimes ? Calls.MOUNT_ATTR_STRICTATIME : Calls.MOUNT_ATTR_NOATIME;
      int attributes = Calls.MOUNT_ATTR_NOSUID | Calls.MOUNT_ATTR_NODEV | times;
      PrivateTmpfs tmpfs =
          new PrivateTmpfs(checked("be mounted", Calls.fsmount(context, attributes)));
      tmpfs.makeDirectories();
      return tmpfs;
    } finally {
      Calls.close(context);
    }
  }

  /**
   * Files in a directory that is there and empty, of any file system, in the place of a tmpfs: for
   * tests that have not the rights to mount one.
   *
   * @throws IOException if it cannot be opened
   */
  public static PrivateTmpfs in(String directory) throws IOException {
    PrivateTmpfs tmpfs = new PrivateTmpfs(checked("be in " + directory, Calls.open(directory)));
    tmpfs.makeDirectories();
    return tmpfs;
  }

  private void makeDirectories() throws IOException {
    for (int i = 0; i < DIRECTORIES; i++) {
      MemorySegment path = path(i);
      path.set(JAVA_BYTE, 2, (byte) 0);
      checked("have directories", Calls.mkdirat(root, path.address()));
    }
  }

  /**
   * Makes a file that is not there, with times of {@link #UNUSED}; returns a descriptor, or −errno.
   */
  public int create(long number) {
    int flags = Calls.O_RDWR | Calls.O_CREAT | Calls.O_EXCL | Calls.O_CLOEXEC;
    int fd = Calls.openat(root, path(number).address(), flags);
    if (fd >= 0) {
      OpenFile.check("set times of", Calls.futimens(fd, UNUSED_TIMES.address()));
    }
    return fd;
  }

  /** Opens a file that is there; returns a descriptor, or −errno. */
  public int open(long number) {
    return Calls.openat(root, path(number).address(), Calls.O_RDWR | Calls.O_CLOEXEC);
  }

  /** Takes a file away; who has it open or mapped keeps it until then. */
  public void remove(long number) {
    OpenFile.check("remove", Calls.unlinkat(root, path(number).address()));
  }

  /** What the kernel knows of a file that is there. */
  public FileStatus status(long number) {
    MemorySegment path = path(number);
    MemorySegment statx = SCRATCH.get();
    OpenFile.check("look at", Calls.statx(root, path.address(), statx.address()));
    return new FileStatus(
        statx.get(JAVA_LONG, STATX_SIZE_OFFSET),
        statx.get(JAVA_LONG, STATX_BLOCKS),
        time(statx, STATX_ATIME),
        time(statx, STATX_MTIME));
  }

  /** How many pages are free. */
  public long freePages() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment statfs = arena.allocate(STATFS_SIZE, Long.BYTES);
      OpenFile.check("count", Calls.fstatfs(root, statfs.address()));
      return statfs.get(JAVA_LONG, STATFS_BFREE);
    }
  }

  @Override
  public void close() {
    Calls.close(root);
  }

  private static long time(MemorySegment statx, int offset) {
    return FileStatus.nanos(
        statx.get(JAVA_LONG, offset), statx.get(JAVA_INT, offset + (long) Long.BYTES));
  }

  /** The path of a file, relative to the root; valid until this thread asks for the next one. */
  private static MemorySegment path(long number) {
    MemorySegment path = SCRATCH.get().asSlice(STATX_SIZE, PATH_SIZE);
    hex(path, 0, number % DIRECTORIES, 2);
    path.set(JAVA_BYTE, 2, (byte) '/');
    hex(path, 3, number, HEX);
    path.set(JAVA_BYTE, 3 + HEX, (byte) 0);
    return path;
  }

  private static void hex(MemorySegment path, int offset, long number, int digits) {
    long rest = number;
    for (int i = digits - 1; i >= 0; i--) {
      path.set(JAVA_BYTE, (long) offset + i, (byte) Character.forDigit((int) rest & 15, HEX));
      rest >>>= 4;
    }
  }

  private static int checked(String what, int result) throws IOException {
    if (result < 0) {
      throw new IOException("a private tmpfs cannot " + what + ": " + Errno.describe(result));
    }
    return result;
  }
}
