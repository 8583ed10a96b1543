package dev.fused.server.transport;

import dev.fused.protocol.Errno;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.pipeline.EmbeddedKernel.Answer;
import dev.fused.server.pipeline.FusePipeline;
import dev.fused.server.pipeline.Requests;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A channel to a kernel that accepts every reply but those that a test says otherwise of. It lives
 * on a loop of its own.
 */
final class ScriptedChannel extends FuseChannel {
  /** What the kernel accepted, in order. */
  final List<Answer> accepted = new CopyOnWriteArrayList<>();

  private final Map<Long, Errno> refusals = new ConcurrentHashMap<>();

  private ScriptedChannel(FuseSession session) {
    super(session);
  }

  /** A channel after an INIT exchange of 7.45. */
  static ScriptedChannel open(FuseSession session, EventLoop loop) {
    ScriptedChannel channel = new ScriptedChannel(session);
    session.channelOpened();
    FusePipeline.install(channel.pipeline(), session, new LoopClock(), null);
    loop.register(channel).syncUninterruptibly();
    channel.deliver(Requests.init(2, 7, 45, 0));
    channel.accepted.clear();
    return channel;
  }

  /** The reply to {@code unique} will not be accepted. */
  ScriptedChannel refusing(long unique, Errno errno) {
    refusals.put(unique, errno);
    return this;
  }

  /** Sends a request, and returns when the loop has done all that follows at once. */
  void deliver(FuseRequest request) {
    eventLoop().submit(() -> deliverOnLoop(request)).syncUninterruptibly();
    eventLoop().submit(() -> {}).syncUninterruptibly();
  }

  private void deliverOnLoop(FuseRequest request) {
    ByteBuf message = Unpooled.directBuffer();
    RequestEncoder.encode(request, message, session().wireFormat());
    RequestFrame frame = RequestFrame.ofMessage(message);
    frame.frameMessage(message.readableBytes(), session().wireFormat());
    pipeline().fireChannelRead(frame);
    message.release();
  }

  @Override
  protected int transmit(ReplyMessage reply) {
    ByteBuf bytes = Unpooled.buffer();
    bytes.writeBytes(reply.head(), reply.head().readerIndex(), reply.head().readableBytes());
    for (ByteBuf piece : reply.data()) {
      bytes.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
    }
    ReplyHeader header = ReplyHeader.decode(bytes);
    Errno refusal = refusals.get(header.unique());
    if (refusal != null) {
      return -refusal.number();
    }
    accepted.add(new Answer(header, bytes));
    return header.len();
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new AbstractUnsafe() {
      @Override
      public void connect(
          SocketAddress remote, @Nullable SocketAddress local, ChannelPromise promise) {
        promise.setFailure(new UnsupportedOperationException());
      }
    };
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return true;
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    promise.setSuccess();
  }

  @Override
  protected void doBeginRead() {}

  @Override
  protected void release() {}
}
