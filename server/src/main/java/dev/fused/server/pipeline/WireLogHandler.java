package dev.fused.server.pipeline;

import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.request.RequestDecoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs each message that passes between kernel and server as one line. It decodes requests a second
 * time, so it is in the pipeline only while the wire log is on. On the channel's loop.
 */
final class WireLogHandler extends ChannelDuplexHandler {
  private static final Logger log = LoggerFactory.getLogger(WireLogHandler.class);

  private final FuseSession session;
  private final WireLog wireLog;

  WireLogHandler(FuseSession session, WireLog wireLog) {
    this.session = session;
    this.wireLog = wireLog;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof RequestFrame frame) {
      line("<-", () -> describe(frame));
    }
    ctx.fireChannelRead(message);
  }

  /** A log that fails must not keep the message from where it goes. */
  private void line(String direction, Supplier<String> message) {
    try {
      wireLog.line(direction + " " + message.get());
    } catch (RuntimeException e) {
      log.warn("the wire log failed", e);
    }
  }

  private String describe(RequestFrame frame) {
    int header = frame.header().readerIndex();
    int operation = frame.operation().readerIndex();
    int payload = frame.payload().readerIndex();
    try {
      return RequestText.of(RequestDecoder.decode(frame, session.wireFormat()));
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
  public void write(ChannelHandlerContext ctx, Object message, @Nullable ChannelPromise promise) {
    if (message instanceof ReplyMessage reply) {
      line("->", reply::toString);
    }
    ctx.write(message, promise);
  }
}
