package dev.fused.filesystem;

/** The reply of COPY_FILE_RANGE in both forms. */
public interface CopyReply extends Reply {
  /**
   * Completes with the number of bytes copied; 0 means that the source ends at or before the
   * offset. COPY_FILE_RANGE has room for 32 bits: copy at most 4 GiB - 1 there.
   */
  void copied(long count);
}
