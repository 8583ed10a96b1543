package dev.fused.filesystem;

/** The reply of WRITE. */
public interface WriteReply extends Reply {
  /**
   * Completes with the number of bytes taken, from the first on.
   *
   * @param count 0 to the size of the request; fewer than asked is a short write, which writers
   *     through the page cache see as EIO
   */
  void written(int count);
}
