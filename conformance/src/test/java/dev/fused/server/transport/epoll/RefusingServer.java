package dev.fused.server.transport.epoll;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.pipeline.FusePipeline;
import dev.fused.server.pipeline.WireLog;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import dev.fused.server.transport.ReceiveBuffers;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The epoll transport over a socket that can do what only the device does: not take a reply, with
 * ENOENT, since its request was dropped. In the package of the channel, which is not for everyone.
 */
public final class RefusingServer implements AutoCloseable {
  private static final int BUFFER_SIZE = (1 << 20) + 4096;
  private static final int BUFFERS = 65;
  private static final int CLOSE_SECONDS = 5;

  private final ReceiveBuffers buffers = new ReceiveBuffers(BUFFER_SIZE, BUFFERS);
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("fused fuzz", true), EpollIoHandler.newFactory());
  private final EpollFuseChannel channel;

  /**
   * Serves one end of a socket pair.
   *
   * @param refused the uniques whose replies are not taken
   */
  public RefusingServer(
      FuseSession session, FuseDevice device, @Nullable WireLog wireLog, LongPredicate refused) {
    channel =
        new EpollFuseChannel(session, device, buffers, new BusyPolling(new AtomicBoolean(), 1)) {
          @Override
          protected int transmit(ReplyMessage reply) {
            return refused.test(reply.request().unique())
                ? -Errno.ENOENT.number()
                : super.transmit(reply);
          }
        };
    session.channelOpened();
    FusePipeline.install(channel.pipeline(), session, new LoopClock(), wireLog);
    group.register(channel).syncUninterruptibly();
  }

  /** How many receive buffers are in use: one, and those that are lent. */
  public int receiveBuffersInUse() {
    return buffers.inUse();
  }

  /** Closes the channel, and ends the loop. */
  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
    buffers.close();
  }
}
