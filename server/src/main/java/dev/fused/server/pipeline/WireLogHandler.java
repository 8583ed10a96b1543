package dev.fused.server.pipeline;

import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestDecoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * Logs each message that passes between kernel and server as one line. It decodes requests a second
 * time, so it is in the pipeline only while the wire log is on. On the channel's loop.
 */
final class WireLogHandler extends ChannelDuplexHandler {
  private final FuseSession session;
  private final WireLog log;

  WireLogHandler(FuseSession session, WireLog log) {
    this.session = session;
    this.log = log;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof RequestFrame frame) {
      log.line("<- " + describe(frame));
    }
    ctx.fireChannelRead(message);
  }

  private String describe(RequestFrame frame) {
    int header = frame.header().readerIndex();
    int operation = frame.operation().readerIndex();
    int payload = frame.payload().readerIndex();
    try {
      FuseRequest request = RequestDecoder.decode(frame, session.wireFormat());
      return "#" + Long.toUnsignedString(request.unique()) + " " + request;
    } catch (ProtocolException e) {
      return "malformed: " + e.getMessage();
    } finally {
      frame.header().readerIndex(header);
      frame.operation().readerIndex(operation);
      frame.payload().readerIndex(payload);
    }
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // the promise tells
  public void write(
      ChannelHandlerContext ctx, Object message, @Nullable ChannelPromise promise) {
    if (message instanceof ReplyMessage reply) {
      log.line("-> " + reply);
    }
    ctx.write(message, promise);
  }
}
