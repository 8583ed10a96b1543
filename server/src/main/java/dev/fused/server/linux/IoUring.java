package dev.fused.server.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * The system calls of io_uring, by number, since few C libraries have them. As those of {@link
 * Libc}: "≥ 0, or −errno", pointers are addresses. Apart from {@code Libc}, so that only who uses a
 * ring pays for linking them.
 */
public final class IoUring {
  public static final int SETUP_CQSIZE = 1 << 3;
  public static final int SETUP_CLAMP = 1 << 4;
  public static final int SETUP_R_DISABLED = 1 << 6;
  public static final int SETUP_SUBMIT_ALL = 1 << 7;
  public static final int SETUP_SQE128 = 1 << 10;
  public static final int SETUP_SINGLE_ISSUER = 1 << 12;
  public static final int SETUP_DEFER_TASKRUN = 1 << 13;

  public static final int ENTER_GETEVENTS = 1;
  public static final int ENTER_EXT_ARG = 1 << 3;

  public static final int OFF_SQ_RING = 0;
  public static final int OFF_SQES = 0x10000000;

  public static final byte OP_READ = 22;
  public static final byte OP_URING_CMD = 46;

  private static final int REGISTER_ENABLE_RINGS = 12;

  private static final long SYS_IO_URING_SETUP = 425;
  private static final long SYS_IO_URING_ENTER = 426;
  private static final long SYS_IO_URING_REGISTER = 427;

  private static final MethodHandle SYSCALL = Libc.link("syscall", sevenWords());

  private IoUring() {}

  private static FunctionDescriptor sevenWords() {
    ValueLayout[] words = new ValueLayout[7];
    Arrays.fill(words, ValueLayout.JAVA_LONG);
    return FunctionDescriptor.of(ValueLayout.JAVA_LONG, words);
  }

  /**
   * io_uring_setup(2).
   *
   * @param params address of the 120 bytes of {@code struct io_uring_params}
   * @return the descriptor of the ring
   */
  public static int setup(int entries, long params) {
    return call(SYS_IO_URING_SETUP, entries, params, 0, 0, 0, 0);
  }

  /**
   * io_uring_enter(2). May block.
   *
   * @param argument with {@link #ENTER_EXT_ARG}, address of {@code struct io_uring_getevents_arg},
   *     else 0
   * @param argumentSize bytes there
   * @return the number of entries that the kernel took
   */
  public static int enter(
      int fd, int submit, int minComplete, int flags, long argument, int argumentSize) {
    return call(SYS_IO_URING_ENTER, fd, submit, minComplete, flags, argument, argumentSize);
  }

  /**
   * Begins to serve a ring that was set up disabled; this thread is its only issuer from now on.
   */
  public static int enable(int fd) {
    return call(SYS_IO_URING_REGISTER, fd, REGISTER_ENABLE_RINGS, 0, 0, 0, 0);
  }

  private static int call(long number, long a, long b, long c, long d, long e, long f) {
    return Libc.result(SYSCALL, number, a, b, c, d, e, f);
  }
}
