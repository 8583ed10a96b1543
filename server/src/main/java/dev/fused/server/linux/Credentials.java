package dev.fused.server.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Who this process is and what its threads may do: credentials(7), capabilities(7).
 *
 * <p>To the kernel all of that belongs to a thread. The C library changes the ids of all threads
 * together; capabilities change for the calling thread only. Calls return "0, or −errno". Ids are
 * unsigned.
 */
public final class Credentials {
  public static final int CAP_DAC_OVERRIDE = 1;
  public static final int CAP_SETGID = 6;
  public static final int CAP_SETUID = 7;
  public static final int CAP_SYS_ADMIN = 21;

  private static final int PR_SET_KEEPCAPS = 8;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_GET_NO_NEW_PRIVS = 39;

  private static final int LINUX_CAPABILITY_VERSION_3 = 0x20080522;

  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;
  private static final short BPF_RET_K = 0x06;
  private static final int SECCOMP_RET_ALLOW = 0x7fff0000;
  private static final int ESRCH = 3;

  private static final long SYS_SECCOMP = Platform.isX86() ? 317 : 277;
  private static final long SYS_SETGROUPS = Platform.isX86() ? 116 : 159;
  private static final long SYS_SETRESGID = Platform.isX86() ? 119 : 149;
  private static final long SYS_SETRESUID = Platform.isX86() ? 117 : 147;

  private static final MethodHandle SETGROUPS = Libc.link("setgroups", Libc.SIX_WORDS);
  private static final MethodHandle SETRESGID = Libc.link("setresgid", Libc.SIX_WORDS);
  private static final MethodHandle SETRESUID = Libc.link("setresuid", Libc.SIX_WORDS);
  private static final MethodHandle CAPSET = Libc.link("capset", Libc.SIX_WORDS);

  private Credentials() {}

  /** The bit of a capability in a mask. */
  public static long bit(int capability) {
    return 1L << capability;
  }

  /**
   * The process becomes another user, without further groups, for good: all its threads, also those
   * of the JVM. If it was root, they lose all capabilities, but for threads that {@link
   * #keepCapabilities} told otherwise.
   */
  public static int become(int uid, int gid) {
    long user = Integer.toUnsignedLong(uid);
    long group = Integer.toUnsignedLong(gid);
    int result = Libc.call(SETGROUPS, 0, 0);
    result = result < 0 ? result : Libc.call(SETRESGID, group, group, group);
    return result < 0 ? result : Libc.call(SETRESUID, user, user, user);
  }

  /** The same for the calling thread alone, which is to end soon: to see what the user may do. */
  public static int becomeOnThisThread(int uid, int gid) {
    long user = Integer.toUnsignedLong(uid);
    long group = Integer.toUnsignedLong(gid);
    int result = Libc.systemCall(SYS_SETGROUPS, 0, 0);
    result = result < 0 ? result : Libc.systemCall(SYS_SETRESGID, group, group, group);
    return result < 0 ? result : Libc.systemCall(SYS_SETRESUID, user, user, user);
  }

  /** The calling thread stays permitted to do what root is, when {@link #become} is called. */
  public static int keepCapabilities() {
    return Libc.prctl(PR_SET_KEEPCAPS, 1);
  }

  /**
   * The calling thread has these capabilities and no others, and threads that it starts have the
   * same.
   *
   * @param mask of {@link #bit}s, all of which it is permitted
   */
  public static int setCapabilities(long mask) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocateFrom(JAVA_INT, LINUX_CAPABILITY_VERSION_3, 0);
      int low = (int) mask;
      int high = (int) (mask >>> Integer.SIZE);
      // Effective, permitted, inheritable; first for capabilities 0 to 31, then for the others.
      MemorySegment sets = arena.allocateFrom(JAVA_INT, low, low, 0, high, high, 0);
      return Libc.call(CAPSET, header.address(), sets.address());
    }
  }

  /**
   * No thread of the process, and no program that one of them starts, ever gets more privileges
   * (no_new_privs). A thread tells the others through seccomp(2) only, by a filter, here one that
   * allows everything; if the process began that way, there is nothing to do and no filter.
   */
  public static int renounceNewPrivileges() {
    if (Libc.prctl(PR_GET_NO_NEW_PRIVS, 0) == 1) {
      return 0;
    }
    int result = Libc.prctl(PR_SET_NO_NEW_PRIVS, 1);
    return result < 0 ? result : filterAllThreads();
  }

  private static int filterAllThreads() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment allow = arena.allocate(JAVA_LONG); // struct sock_filter
      allow.set(JAVA_SHORT, 0, BPF_RET_K);
      allow.set(JAVA_INT, 4, SECCOMP_RET_ALLOW);
      MemorySegment program = arena.allocate(JAVA_LONG, 2); // struct sock_fprog
      program.set(JAVA_SHORT, 0, (short) 1);
      program.set(JAVA_LONG, 8, allow.address());
      int result =
          Libc.systemCall(
              SYS_SECCOMP, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, program.address());
      return result > 0 ? -ESRCH : result; // the thread that cannot follow
    }
  }
}
