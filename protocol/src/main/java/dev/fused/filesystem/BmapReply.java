package dev.fused.filesystem;

/** The reply of BMAP. */
public interface BmapReply extends Reply {
  /** Completes with the block number on the device. */
  void block(long block);
}
