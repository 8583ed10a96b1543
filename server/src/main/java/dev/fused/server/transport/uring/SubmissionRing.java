package dev.fused.server.transport.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.IoUring;
import dev.fused.server.linux.Libc;
import dev.fused.server.linux.Mapping;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A ring of io_uring whose submissions have 128 bytes, which commands for /dev/fuse need. Made on
 * any thread; after {@link #enable} all happens on the thread that called that, as it is the only
 * one that the kernel takes submissions from.
 *
 * <p>What is pushed is submitted by the next call of {@link #submit} or {@link #await}; kernel and
 * server share the indices of both queues, and everybody moves its own.
 */
final class SubmissionRing implements AutoCloseable {
  private static final int FLAGS =
      IoUring.SETUP_SQE128
          | IoUring.SETUP_CQSIZE
          | IoUring.SETUP_CLAMP
          | IoUring.SETUP_SUBMIT_ALL
          | IoUring.SETUP_SINGLE_ISSUER
          | IoUring.SETUP_DEFER_TASKRUN
          | IoUring.SETUP_R_DISABLED;

  private static final int PARAMS_SIZE = 120;
  private static final int CQE_SIZE = 16;

  /** {@code struct io_uring_getevents_arg}, and {@code struct __kernel_timespec} behind it. */
  private static final int WAIT_SIZE = 24;

  private static final int TIMESPEC_SIZE = 16;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private static final VarHandle INT = JAVA_INT.varHandle();

  /** Who is told of completions; on the ring's thread. */
  @FunctionalInterface
  interface Completions {
    /**
     * One completion.
     *
     * @param result ≥ 0, or −errno
     */
    void completed(long userData, int result);
  }

  private final Arena arena = Arena.ofShared();
  private final int fd;
  private final MemorySegment rings;
  private final MemorySegment submissions;
  private final MemorySegment wait;
  private final long submissionHead;
  private final long submissionTail;
  private final int submissionEntries;
  private final long completionHead;
  private final long completionTail;
  private final int completionMask;
  private final long completionsStart;
  private int tail;
  private int toSubmit;

  /**
   * A ring that is not enabled yet.
   *
   * @param entries submissions that fit in, a power of two
   * @param completions completions that fit in; more are kept by the kernel
   * @throws IOException with the sentence for the user, if the kernel refuses
   */
  SubmissionRing(int entries, int completions) throws IOException {
    MemorySegment params = arena.allocate(PARAMS_SIZE, Long.BYTES);
    params.set(JAVA_INT, 4, completions);
    params.set(JAVA_INT, 8, FLAGS);
    fd = IoUring.setup(entries, params.address());
    if (fd < 0) {
      arena.close();
      throw new IOException("io_uring_setup: " + Errno.describe(fd) + remedy(fd));
    }
    try {
      submissionEntries = params.get(JAVA_INT, 0);
      int completionEntries = params.get(JAVA_INT, 4);
      submissionHead = params.get(JAVA_INT, 40);
      submissionTail = params.get(JAVA_INT, 44);
      long array = params.get(JAVA_INT, 64);
      completionHead = params.get(JAVA_INT, 80);
      completionTail = params.get(JAVA_INT, 84);
      completionMask = completionEntries - 1;
      completionsStart = params.get(JAVA_INT, 100);
      // One mapping has both queues since Linux 5.4.
      long size =
          Math.max(
              array + (long) submissionEntries * Integer.BYTES,
              completionsStart + (long) completionEntries * CQE_SIZE);
      rings = Mapping.shared(arena, size, fd, IoUring.OFF_SQ_RING);
      submissions =
          Mapping.shared(arena, (long) submissionEntries * Submission.SIZE, fd, IoUring.OFF_SQES);
      wait = arena.allocate(WAIT_SIZE + TIMESPEC_SIZE, Long.BYTES);
      wait.set(JAVA_LONG, 16, wait.address() + WAIT_SIZE);
      // The kernel looks up through this array which submission is next: each has its own place.
      for (int i = 0; i < submissionEntries; i++) {
        rings.set(JAVA_INT, array + (long) i * Integer.BYTES, i);
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private static String remedy(int error) {
    return switch (Errno.ofNumber(error)) {
      case ENOSYS, EPERM ->
          "; the kernel has no io_uring, /proc/sys/kernel/io_uring_disabled is not 0, or a seccomp"
              + " filter (of a container) forbids it";
      case ENOMEM -> "; raise the limit of locked memory (ulimit -l)";
      case null, default -> "";
    };
  }

  /** Lets this thread, and no other, submit. */
  void enable() {
    int result = IoUring.enable(fd);
    if (result < 0) {
      throw new IllegalStateException("cannot enable the ring: " + Errno.describe(result));
    }
  }

  /** Reads 8 bytes, at once or as soon as there are any. */
  void pushRead(int file, long address, long userData) {
    long at = next();
    submissions.set(JAVA_BYTE, at + Submission.OPCODE, IoUring.OP_READ);
    submissions.set(JAVA_INT, at + Submission.FD, file);
    submissions.set(JAVA_LONG, at + Submission.ADDR, address);
    submissions.set(JAVA_INT, at + Submission.LEN, Long.BYTES);
    submissions.set(JAVA_LONG, at + Submission.USER_DATA, userData);
    pushed();
  }

  /**
   * Submits a command for /dev/fuse.
   *
   * @param command FUSE_IO_URING_CMD_…
   * @param commitId which request is answered, 0 for none
   * @param iovecs address of {@code iovecCount} buffers, or 0
   */
  void pushCommand(
      int device,
      int command,
      int queue,
      long commitId,
      long iovecs,
      int iovecCount,
      long userData) {
    long at = next();
    submissions.set(JAVA_BYTE, at + Submission.OPCODE, IoUring.OP_URING_CMD);
    submissions.set(JAVA_INT, at + Submission.FD, device);
    submissions.set(JAVA_INT, at + Submission.CMD_OP, command);
    submissions.set(JAVA_LONG, at + Submission.ADDR, iovecs);
    submissions.set(JAVA_INT, at + Submission.LEN, iovecCount);
    submissions.set(JAVA_LONG, at + Submission.USER_DATA, userData);
    submissions.set(JAVA_LONG, at + Submission.COMMIT_ID, commitId);
    submissions.set(JAVA_SHORT, at + Submission.QUEUE, (short) queue);
    pushed();
  }

  /** The place of the next submission, all zeros; submits if there is none. */
  private long next() {
    while (tail - (int) INT.getAcquire(rings, submissionHead) == submissionEntries) {
      submit();
    }
    long at = (long) (tail & (submissionEntries - 1)) * Submission.SIZE;
    submissions.asSlice(at, Submission.SIZE).fill((byte) 0);
    return at;
  }

  private void pushed() {
    tail++;
    toSubmit++;
    INT.setRelease(rings, submissionTail, tail);
  }

  /** Submits what was pushed, lets the kernel work on this thread, and does not wait. */
  void submit() {
    enter(0, IoUring.ENTER_GETEVENTS, 0, 0);
  }

  /**
   * Submits what was pushed, and waits for a completion.
   *
   * @param timeoutNanos the longest wait; negative for ever
   */
  void await(long timeoutNanos) {
    if (timeoutNanos < 0) {
      enter(1, IoUring.ENTER_GETEVENTS, 0, 0);
      return;
    }
    wait.set(JAVA_LONG, WAIT_SIZE, timeoutNanos / NANOS_PER_SECOND);
    wait.set(JAVA_LONG, WAIT_SIZE + 8L, timeoutNanos % NANOS_PER_SECOND);
    int flags = IoUring.ENTER_GETEVENTS | IoUring.ENTER_EXT_ARG;
    enter(1, flags, wait.address(), WAIT_SIZE);
  }

  private void enter(int minComplete, int flags, long argument, int argumentSize) {
    int result = IoUring.enter(fd, toSubmit, minComplete, flags, argument, argumentSize);
    if (result >= 0) {
      toSubmit -= result;
      return;
    }
    switch (Errno.ofNumber(result)) {
      // Nothing was submitted: the next call does that, after completions have been taken.
      case EINTR, ETIME, EAGAIN, EBUSY -> {}
      case null, default ->
          throw new IllegalStateException("io_uring_enter: " + Errno.describe(result));
    }
  }

  /** Whether there are completions to take. */
  boolean hasCompletions() {
    return (int) INT.getAcquire(rings, completionTail) != (int) INT.get(rings, completionHead);
  }

  /**
   * Tells of the completions that are there now, but not of those that come meanwhile.
   *
   * @return how many there were
   */
  int takeCompletions(Completions completions) {
    int head = (int) INT.get(rings, completionHead);
    int count = (int) INT.getAcquire(rings, completionTail) - head;
    for (int i = 0; i < count; i++) {
      long at = completionsStart + (long) (head & completionMask) * CQE_SIZE;
      long userData = rings.get(JAVA_LONG, at);
      int result = rings.get(JAVA_INT, at + 8);
      head++;
      INT.setRelease(rings, completionHead, head);
      completions.completed(userData, result);
    }
    return count;
  }

  /** Ends all that is under way, and frees the memory. On the ring's thread, if it is enabled. */
  @Override
  public void close() {
    Libc.close(fd);
    arena.close();
  }
}
