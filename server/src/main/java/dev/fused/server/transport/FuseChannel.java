package dev.fused.server.transport;

import dev.fused.protocol.Errno;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One way on which requests of a mount arrive and their replies go back. Nothing behind a channel
 * knows what the way is made of: it fires {@code RequestFrame}s and takes encoded {@link
 * ReplyMessage}s.
 */
public abstract class FuseChannel extends AbstractChannel {
  private static final Logger log = LoggerFactory.getLogger(FuseChannel.class);
  private static final ChannelMetadata METADATA = new ChannelMetadata(false);

  private final FuseSession session;
  private final LoopClock clock = new LoopClock();
  private final ChannelConfig config;
  private final LostReplies lostReplies;
  private volatile boolean open = true;
  private @Nullable IoRegistration registration;

  @SuppressWarnings("this-escape") // Netty's constructor and config only note the channel
  protected FuseChannel(FuseSession session) {
    super(null, FuseChannelId.next());
    this.session = session;
    this.config = new DefaultChannelConfig(this);
    this.lostReplies = new LostReplies(session);
  }

  protected final FuseSession session() {
    return session;
  }

  /** Which the channel keeps: it knows when there is work. */
  public final LoopClock clock() {
    return clock;
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop instanceof IoEventLoop ioLoop
        && ioLoop.isCompatible(((IoHandle) unsafe()).getClass());
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    register(
        added -> {
          if (added.isSuccess()) {
            promise.setSuccess();
            registered(added.getNow());
          } else {
            promise.setFailure(added.cause());
          }
        });
  }

  /** The channel is registered for the first time. On its loop. */
  protected void registered(IoRegistration registration) {}

  /** Registers the channel with what its loop waits on; on the loop, as is {@code then}. */
  protected final void register(Consumer<Future<IoRegistration>> then) {
    ((IoEventLoop) eventLoop())
        .register((IoHandle) unsafe())
        .addListener(
            (Future<IoRegistration> added) -> {
              registration = added.isSuccess() ? added.getNow() : null;
              then.accept(added);
            });
  }

  /** Null while the channel is not registered. On its loop. */
  protected final @Nullable IoRegistration registration() {
    return registration;
  }

  @Override
  protected final void doDeregister() {
    IoRegistration current = registration;
    registration = null;
    if (current != null) {
      current.cancel();
    }
  }

  @Override
  public final boolean isOpen() {
    return open;
  }

  @Override
  public final boolean isActive() {
    return open;
  }

  @Override
  protected final void doClose() {
    if (open) {
      open = false;
      doDeregister();
      release();
      session.channelClosed();
    }
  }

  /** Gives back all that the channel has, once it is closed and deregistered. On its loop. */
  protected abstract void release();

  /**
   * Hands one reply to the kernel. On the channel's loop.
   *
   * @return ≥ 0, or −errno
   */
  protected abstract int transmit(ReplyMessage reply);

  @Override
  protected final void doWrite(ChannelOutboundBuffer replies) {
    for (Object message = replies.current(); message != null; message = replies.current()) {
      ReplyMessage reply = (ReplyMessage) message;
      int result = transmitOrFail(reply);
      if (result < 0) {
        notAccepted(reply, -result);
      }
      replies.remove();
    }
  }

  /** A broken buffer, released once too often, costs the caller the data; the channel goes on. */
  private int transmitOrFail(ReplyMessage reply) {
    try {
      return transmit(reply);
    } catch (RuntimeException e) {
      log.error("cannot write {}: answering EIO in its place", reply, e);
      ByteBuf head = reply.head().clear();
      int error = -Errno.EIO.number();
      new ReplyHeader(ReplyHeader.SIZE, error, reply.request().unique()).encode(head);
      ReplyMessage failure = ReplyMessage.error(reply.request(), Errno.EIO);
      failure.setHead(head, false);
      return transmit(failure);
    }
  }

  private void notAccepted(ReplyMessage reply, int errno) {
    if (errno == Errno.ENOENT.number()
        || errno == Errno.ENODEV.number()
        || errno == Errno.EPIPE.number()
        || errno == Errno.ECONNRESET.number()) {
      // The caller is gone: the request was aborted or the mount has ended (EPIPE and ECONNRESET
      // from a socket in the device's place). Nothing is wrong.
      log.debug("nobody waits any more for {}", reply);
    } else {
      log.error("the kernel refused {}: {}", reply, Errno.describe(errno));
    }
    lostReplies.takeBack(reply, eventLoop());
  }

  @Override
  protected final Object filterOutboundMessage(Object message) {
    if (message instanceof ReplyMessage) {
      return message;
    }
    throw new UnsupportedOperationException("not a reply: " + message);
  }

  @Override
  public final ChannelConfig config() {
    return config;
  }

  @Override
  public final ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  protected final @Nullable SocketAddress localAddress0() {
    return null;
  }

  @Override
  protected final @Nullable SocketAddress remoteAddress0() {
    return null;
  }

  @Override
  protected final void doBind(SocketAddress address) {
    throw new UnsupportedOperationException("a FUSE channel has no address");
  }

  @Override
  protected final void doDisconnect() {
    doClose();
  }

  /** The channel as its loop's handler sees it: what {@link #newUnsafe} makes. */
  protected abstract class Handle extends AbstractUnsafe implements IoHandle {
    @Override
    public final void close() {
      close(voidPromise());
    }

    @Override
    public final void connect(
        SocketAddress remote, @Nullable SocketAddress local, ChannelPromise promise) {
      promise.setFailure(new UnsupportedOperationException("a FUSE channel has no address"));
    }
  }
}
