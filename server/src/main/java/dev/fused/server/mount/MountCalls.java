package dev.fused.server.mount;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.FuseConnectionControl;
import dev.fused.server.linux.Libc;
import dev.fused.server.linux.Platform;
import dev.fused.server.linux.Privileges;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What this package asks of the kernel, in one place: a seam for tests, and for a process that may
 * not mount itself and goes through fusermount3. Calls that return an int return "≥ 0, or −errno".
 */
interface MountCalls {
  /** The kernel, directly. */
  MountCalls KERNEL = new Kernel();

  /** The kernel, but for unmounting, which fusermount3 does. */
  MountCalls FUSERMOUNT = new ThroughFusermount();

  /** As this process may. */
  static MountCalls ofThisProcess() {
    return Privileges.mayMount() ? KERNEL : FUSERMOUNT;
  }

  MountTable table() throws IOException;

  /** mount(2). */
  int mount(String source, String target, String type, int flags, String data);

  /** umount2(2); may block for ever. */
  int umount(String target, int flags);

  /** Asks the server of the file system at {@code path} for its attributes; may block for ever. */
  int probe(String path);

  /**
   * The number of the mount at {@code path} that the kernel never gives to another one, found
   * without asking its server; 0 if the kernel (before 6.8) has no such number.
   */
  long uniqueMountId(String path);

  /**
   * True if the mount with this number is there no longer, false if it is or if that cannot be
   * told. Unlike {@link #uniqueMountId} this may be asked by who may not look at the mount.
   */
  boolean isGone(long uniqueMountId);

  /** Ends a connection, by its number, through fusectl. */
  void abortConnection(int connection) throws IOException;

  final class ThroughFusermount extends Kernel {
    private ThroughFusermount() {}

    @Override
    public int umount(String target, int flags) {
      return Fusermount.umount(target, flags);
    }
  }

  class Kernel implements MountCalls {
    private static final long STX_MASK_OFFSET = 0;
    private static final long STX_MNT_ID_OFFSET = 144;

    private Kernel() {}

    @Override
    public MountTable table() throws IOException {
      return MountTable.read();
    }

    @Override
    public int mount(String source, String target, String type, int flags, String data) {
      return Libc.mount(source, target, type, flags, data);
    }

    @Override
    public int umount(String target, int flags) {
      return Libc.umount2(target, flags | Libc.UMOUNT_NOFOLLOW);
    }

    @Override
    public int probe(String path) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment statx = arena.allocate(Libc.STATX_SIZE, Long.BYTES);
        return Libc.statx(path, Libc.AT_STATX_FORCE_SYNC, Libc.STATX_MODE, statx.address());
      }
    }

    @Override
    public long uniqueMountId(String path) {
      if (!Platform.kernelIsAtLeast(6, 8)) {
        return 0; // and before 4.20 FUSE would ask its server in spite of DONT_SYNC
      }
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment statx = arena.allocate(Libc.STATX_SIZE, Long.BYTES);
        int flags = Libc.AT_STATX_DONT_SYNC | Libc.AT_SYMLINK_NOFOLLOW;
        int result = Libc.statx(path, flags, Libc.STATX_MNT_ID_UNIQUE, statx.address());
        int filled = statx.get(JAVA_INT, STX_MASK_OFFSET);
        boolean known = result == 0 && (filled & Libc.STATX_MNT_ID_UNIQUE) != 0;
        return known ? statx.get(JAVA_LONG, STX_MNT_ID_OFFSET) : 0;
      }
    }

    @Override
    public boolean isGone(long uniqueMountId) {
      return Libc.statmount(uniqueMountId) == -Errno.ENOENT.number();
    }

    @Override
    public void abortConnection(int connection) throws IOException {
      new FuseConnectionControl(connection).abort();
    }
  }
}
