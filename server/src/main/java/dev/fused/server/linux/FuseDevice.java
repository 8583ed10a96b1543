package dev.fused.server.linux;

import static dev.fused.server.linux.Libc.F_DUPFD_CLOEXEC;
import static dev.fused.server.linux.Libc.F_GETFD;
import static dev.fused.server.linux.Libc.F_GETFL;
import static dev.fused.server.linux.Libc.F_SETFD;
import static dev.fused.server.linux.Libc.F_SETFL;
import static dev.fused.server.linux.Libc.O_CLOEXEC;
import static dev.fused.server.linux.Libc.O_NONBLOCK;
import static dev.fused.server.linux.Libc.O_RDWR;

import dev.fused.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An open descriptor of {@code /dev/fuse}, owned: whoever closes this object closes the descriptor.
 *
 * <p>A fresh one belongs to no connection; mount(2) attaches it to a new one, {@link
 * #cloneDevice()} to that of another device. When the last descriptor of a connection is closed,
 * the kernel aborts the connection. Descriptors are O_CLOEXEC and O_NONBLOCK. Any thread; but
 * nobody may be in a system call on {@link #fd()} while another thread closes, as the number may be
 * reused at once.
 */
public final class FuseDevice implements AutoCloseable {
  private static final Path PATH = Path.of("/dev/fuse");
  private static final int FUSE_DEV_IOC_CLONE = 0x8004e500;
  private static final int FUSE_DEV_IOC_BACKING_OPEN = 0x4010e501;
  private static final int FUSE_DEV_IOC_BACKING_CLOSE = 0x4004e502;
  private static final int FUSE_DEV_IOC_SYNC_INIT = 0xe503;

  /** Bytes of {@code struct fuse_backing_map}: descriptor, flags and padding. */
  private static final int BACKING_MAP_SIZE = 16;

  /** Character device 10:229, as {@code st_rdev} has it. */
  private static final long DEVICE_NUMBER = 10 << 8 | 229;

  /** How fdinfo begins to say to which connection a device is attached. */
  private static final String CONNECTION = "fuse_connection:";

  private static final Duration PAUSE = Duration.ofMillis(5);

  private static final int CLOSED = -1;

  private final AtomicInteger fd;
  private final boolean socket;

  /** Opened by somebody else, for {@link #cloneDevice}; guarded by this. */
  private final Deque<FuseDevice> clones = new ArrayDeque<>();

  private FuseDevice(int fd) {
    this(fd, false);
  }

  private FuseDevice(int fd, boolean socket) {
    this.fd = new AtomicInteger(fd);
    this.socket = socket;
  }

  /**
   * Opens the device; it is attached to nothing yet.
   *
   * @throws IOException with a sentence for the user: path, errno and what to do
   * @throws UnsupportedPlatformException if this is not Linux on x86-64 or aarch64
   */
  public static FuseDevice open() throws IOException {
    return open(PATH);
  }

  static FuseDevice open(Path path) throws IOException {
    Platform.requireSupported();
    int fd = Libc.open(path.toString(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
      throw new IOException("cannot open " + path + ": " + Errno.describe(fd) + remedy(fd));
    }
    return new FuseDevice(fd);
  }

  /**
   * Takes over a descriptor of {@code /dev/fuse} that another process opened and handed on, and
   * clones of it, which {@link #cloneDevice} hands out first: a process that may not open the
   * device can have no others. Descriptors are made O_CLOEXEC and O_NONBLOCK (the latter for
   * everyone who shares the open file).
   *
   * @param clones descriptors that FUSE_DEV_IOC_CLONE has attached to the connection of {@code fd}
   * @throws IOException with a sentence if one of them is not open or is something else; they then
   *     stay the caller's
   */
  public static FuseDevice adopt(int fd, int... clones) throws IOException {
    Platform.requireSupported();
    FuseDevice device = adoptAlone(fd);
    for (int clone : clones) {
      FuseDevice adopted = adoptAlone(clone);
      device.requireSameConnection(adopted);
      device.clones.add(adopted);
    }
    return device;
  }

  private static FuseDevice adoptAlone(int fd) throws IOException {
    int descriptorFlags = Libc.fcntl(fd, F_GETFD, 0);
    if (descriptorFlags < 0) {
      throw new IOException(
          "descriptor " + fd + " is not open: " + Errno.describe(descriptorFlags));
    }
    if (deviceNumber(fd) != DEVICE_NUMBER) {
      throw new IOException("descriptor " + fd + " is not an open " + PATH);
    }
    Libc.fcntl(fd, F_SETFD, descriptorFlags | Libc.FD_CLOEXEC);
    Libc.fcntl(fd, F_SETFL, Libc.fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
    return new FuseDevice(fd);
  }

  private void requireSameConnection(FuseDevice clone) throws IOException {
    OptionalInt ours = connection();
    OptionalInt theirs = clone.connection();
    if (tellsConnections() && (ours.isEmpty() || !ours.equals(theirs))) {
      throw new IOException(
          "descriptor %d is not a clone of descriptor %d: one belongs to %s, the other to %s"
              .formatted(clone.fd(), fd(), describe(theirs), describe(ours)));
    }
  }

  private static String describe(OptionalInt connection) {
    return connection.isPresent()
        ? "connection " + Integer.toUnsignedString(connection.getAsInt())
        : "no connection";
  }

  /**
   * Takes over one end of a socket pair (AF_UNIX, SOCK_SEQPACKET) whose other end plays the kernel:
   * one read is one message there too. For tests, without a mount; a clone is the same socket,
   * which has no table of requests.
   *
   * @throws IOException if {@code fd} is not open
   */
  public static FuseDevice ofSocket(int fd) throws IOException {
    int flags = Libc.fcntl(fd, F_GETFL, 0);
    if (flags < 0) {
      throw new IOException("descriptor " + fd + " is not open: " + Errno.describe(flags));
    }
    Libc.fcntl(fd, F_SETFD, Libc.FD_CLOEXEC);
    Libc.fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    return new FuseDevice(fd, true);
  }

  /**
   * A new device on the same connection, with a table of requests of its own: a reply must go to
   * the device from which its request was read. Needs a mounted device; Linux 4.2.
   *
   * @throws IOException with a sentence; EINVAL: this device is not attached to a mount
   */
  public synchronized FuseDevice cloneDevice() throws IOException {
    if (socket) {
      return new FuseDevice(Libc.fcntl(fd(), F_DUPFD_CLOEXEC, 0), true);
    }
    FuseDevice opened = clones.poll();
    return opened == null ? newClone() : opened;
  }

  /** How many clones were handed on with this device, and are not handed out yet. */
  public synchronized int clonesAtHand() {
    return clones.size();
  }

  /** True if this process may open the device, and so make clones. */
  public static boolean mayOpen() {
    int fd = Libc.open(PATH.toString(), O_RDWR | O_CLOEXEC);
    if (fd >= 0) {
      Libc.close(fd);
    }
    return fd >= 0;
  }

  /**
   * A descriptor for who only writes notifications, on which no request is ever read: a clone, but
   * none of those that were handed on; where there can be no other, the same device.
   *
   * @throws IOException if the process may not have any more descriptors
   */
  public synchronized FuseDevice forNotifications() throws IOException {
    return !socket && mayOpen() ? newClone() : duplicate();
  }

  private FuseDevice newClone() throws IOException {
    FuseDevice clone = open();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_INT, fd());
      int result = Libc.ioctl(clone.fd(), FUSE_DEV_IOC_CLONE, source.address());
      if (result < 0) {
        throw new IOException(
            "cannot clone %s (descriptor %d): %s; only a device that is mounted can be cloned"
                .formatted(PATH, fd(), Errno.describe(result)));
      }
    } catch (IOException | RuntimeException e) {
      clone.close();
      throw e;
    }
    return clone;
  }

  /**
   * The same open device under another descriptor, for who must have one of its own to close; also
   * before the device is mounted.
   *
   * @throws IOException if the process may not open any more
   */
  public synchronized FuseDevice duplicate() throws IOException {
    int copy = Libc.fcntl(fd(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
      throw new IOException(
          "cannot duplicate descriptor %d of %s: %s%s"
              .formatted(fd(), PATH, Errno.describe(copy), remedy(copy)));
    }
    return new FuseDevice(copy, socket);
  }

  /**
   * Registers a regular file for passthrough. Linux 6.9.
   *
   * @return the id, or −errno
   */
  public int openBacking(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment map = arena.allocate(BACKING_MAP_SIZE, Integer.BYTES); // zeroed
      map.set(ValueLayout.JAVA_INT, 0, descriptor);
      return Libc.ioctl(fd(), FUSE_DEV_IOC_BACKING_OPEN, map.address());
    }
  }

  /** Ends a registration; 0, or −errno. */
  public int closeBacking(int id) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment argument = arena.allocateFrom(ValueLayout.JAVA_INT, id);
      return Libc.ioctl(fd(), FUSE_DEV_IOC_BACKING_CLOSE, argument.address());
    }
  }

  /**
   * Asks that mount(2) send INIT and wait for its answer, and fail if that is an error. From now on
   * until the mount has {@link #isAttached() attached} the device, any other system call on it
   * sleeps.
   *
   * @return false if the kernel (before 6.18) cannot do that
   */
  public boolean requestSynchronousInit() {
    return Libc.ioctl(fd(), FUSE_DEV_IOC_SYNC_INIT, 0) >= 0;
  }

  /** True if a mount has attached the device (Linux 6.18); does not touch it to find out. */
  public boolean isAttached() {
    return connection().isPresent();
  }

  /**
   * The number of the connection that a mount has attached the device to, also if that has ended;
   * empty if there is none, once this is closed, and before Linux 6.18, which does not tell. Does
   * not touch the device.
   */
  public OptionalInt connection() {
    try {
      return Files.readString(Path.of("/proc/self/fdinfo/" + fd.get()))
          .lines()
          .filter(line -> line.startsWith(CONNECTION))
          .mapToInt(line -> Integer.parseUnsignedInt(line.substring(CONNECTION.length()).strip()))
          .findFirst();
    } catch (IOException e) {
      return OptionalInt.empty();
    }
  }

  private static boolean tellsConnections() {
    return Platform.kernelIsAtLeast(6, 18);
  }

  /**
   * Waits until somebody's mount has attached the device.
   *
   * @return false if none has when {@code bound} is over
   */
  public boolean awaitAttached(Duration bound) throws InterruptedException {
    long end = System.nanoTime() + bound.toNanos();
    while (!(tellsConnections() ? isAttached() : answersReads())) {
      if (System.nanoTime() > end) {
        return false;
      }
      Thread.sleep(PAUSE);
    }
    return true;
  }

  /**
   * True if a mount has attached the device, found by a read that is too short for any request: the
   * kernel refuses it with EINVAL then, and with EPERM before. It sleeps if a synchronous INIT was
   * requested.
   */
  boolean answersReads() {
    try (Arena arena = Arena.ofConfined()) {
      return Libc.read(fd(), arena.allocate(1).address(), 1) != -Errno.EPERM.number();
    }
  }

  /**
   * The descriptor, for system calls that end before {@link #close()}.
   *
   * @throws IllegalStateException after close
   */
  public int fd() {
    int open = fd.get();
    if (open == CLOSED) {
      throw new IllegalStateException("this " + PATH + " is closed");
    }
    return open;
  }

  public boolean isOpen() {
    return fd.get() != CLOSED;
  }

  /** Closes the descriptor, and the clones that nobody has taken; the second time, nothing. */
  @Override
  public synchronized void close() { // not while a clone is made of it
    clones.forEach(FuseDevice::close);
    clones.clear();
    int open = fd.getAndSet(CLOSED);
    if (open != CLOSED) {
      // Never fails for an open descriptor: the device's flush cannot, and release is not asked.
      Libc.close(open);
    }
  }

  @Override
  public String toString() {
    int open = fd.get();
    return PATH + (open == CLOSED ? " (closed)" : " (descriptor " + open + ")");
  }

  private static long deviceNumber(int fd) throws IOException {
    Object number = Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:rdev");
    return ((Number) number).longValue();
  }

  private static String remedy(int error) {
    return switch (Errno.ofNumber(error)) {
      case ENOENT, ENODEV, ENXIO ->
          ". Load the kernel module (modprobe fuse), or run the container with --device /dev/fuse";
      case EACCES, EPERM ->
          ". Run as a user who may open it (sudo), or the container with --device /dev/fuse";
      case EMFILE, ENFILE -> ". Raise the limit of open files (ulimit -n)";
      case null, default -> "";
    };
  }
}
