package dev.fused.filesystem;

import dev.fused.protocol.Errno;

/**
 * Something that a file system needs has failed, such as memory or a descriptor of its process. Out
 * of a method of a {@link FuseFileSystem} it answers its errno, where any other exception answers
 * EIO, and is one line of the log. What callers cause is no exception, but an {@link Reply#error}.
 */
public final class ErrnoException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Errno errno;

  /**
   * @param what failed, as in "open a file of the store"; the message is "cannot open a file of the
   *     store: EMFILE (too many open files)"
   */
  public ErrnoException(String what, Errno errno) {
    super("cannot " + what + ": " + errno.describe());
    this.errno = errno;
  }

  /** What the caller gets. */
  public Errno errno() {
    return errno;
  }

  /**
   * The result of a system call, if it has not failed.
   *
   * @param result ≥ 0, or −errno
   */
  public static int checked(String what, int result) {
    if (result < 0) {
      Errno errno = Errno.ofNumber(result);
      throw new ErrnoException(what, errno == null ? Errno.EIO : errno);
    }
    return result;
  }
}
