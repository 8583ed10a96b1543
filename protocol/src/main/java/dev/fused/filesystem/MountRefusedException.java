package dev.fused.filesystem;

/**
 * What a file system was asked for cannot be had here, as the kernel or the server's process lacks
 * something. Out of {@link FuseFileSystem#init} it ends the mount with its message, where any other
 * exception is a fault, and is logged with its stack.
 */
public final class MountRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param message a sentence for the user: what cannot be had, and why
   */
  public MountRefusedException(String message) {
    super(message);
  }

  /**
   * @param message as above
   */
  public MountRefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
