package dev.fused.server.pipeline;

import dev.fused.protocol.request.RequestFrame;
import dev.fused.server.capture.CaptureWriter;
import dev.fused.server.reply.ReplyMessage;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

/**
 * Copies each message into the capture: a request before anybody works on it, a reply before the
 * kernel gets it. So in the capture no reply comes before its request, and no request before the
 * reply that made the kernel send it, whichever loops they are on. Next to the channel; in the
 * pipeline only while there is a capture. On the channel's loop.
 */
final class CaptureHandler extends ChannelDuplexHandler {
  private final CaptureWriter capture;
  private final int channel;

  CaptureHandler(CaptureWriter capture) {
    this.capture = capture;
    this.channel = capture.newChannel();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof RequestFrame frame) {
      capture.request(channel, frame.header(), frame.operation(), frame.payload());
    }
    ctx.fireChannelRead(message);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // the promise tells
  public void write(ChannelHandlerContext ctx, Object message, @Nullable ChannelPromise promise) {
    if (message instanceof ReplyMessage reply) {
      capture.reply(channel, reply.head(), reply.data());
    }
    ctx.write(message, promise);
  }
}
