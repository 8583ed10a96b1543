package dev.fused.filesystem;

import dev.fused.protocol.Errno;

/**
 * The answer that a caller in the kernel is waiting for.
 *
 * <p>Each reply is completed exactly once, from any thread, inside the call that delivered the
 * request or any time later; a second completion throws {@link IllegalStateException}. A reply that
 * becomes unreachable without having been completed answers EIO by itself, with a line in the log.
 * All methods may be called from any thread.
 */
public interface Reply {
  /**
   * Completes with an error. {@link Errno#ENOSYS} says "not implemented": for many operations the
   * kernel then stops asking for the life of the mount; {@link FuseFileSystem} says for which.
   *
   * @throws IllegalStateException if the reply is already complete
   */
  void error(Errno errno);

  /** True once the reply is complete. */
  boolean isDone();

  /**
   * True if the caller got a signal and asks to be let go. A file system that can stop early then
   * answers {@link Errno#EINTR}; one that cannot just completes as if nothing had happened: the
   * caller waits until then.
   */
  boolean isInterrupted();

  /**
   * Registers what to do when the caller is interrupted; it runs at most once, on the thread that
   * reads the interrupt, and at once if the interrupt is already there. It must not block.
   * Registering again replaces the action.
   */
  void onInterrupt(Runnable action);
}
