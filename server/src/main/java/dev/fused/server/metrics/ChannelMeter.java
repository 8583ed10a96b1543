package dev.fused.server.metrics;

import dev.fused.protocol.Errno;
import dev.fused.protocol.request.FuseRequest;
import org.jspecify.annotations.Nullable;

/**
 * Is told of each request of one channel. Called on the channel's loop only, between two system
 * calls of it: what it takes is added to each request, so it must neither block nor allocate.
 */
public interface ChannelMeter {
  /**
   * A request is decoded.
   *
   * @param queueNanos as in {@link LoopClock#waitedNanos}
   */
  void received(FuseRequest request, long queueNanos);

  /**
   * The kernel has the reply, or the file system has taken a request that wants none. Data of the
   * request is gone.
   *
   * @param error null for success
   * @param bytes file data that was read or written; 0 for other operations
   * @param serviceNanos since the request was decoded
   */
  void answered(FuseRequest request, @Nullable Errno error, int bytes, long serviceNanos);
}
