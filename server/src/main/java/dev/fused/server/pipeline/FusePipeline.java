package dev.fused.server.pipeline;

import dev.fused.server.capture.CaptureWriter;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.metrics.RequestMeter;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import org.jspecify.annotations.Nullable;

/**
 * The order of handlers in each channel of a mount.
 *
 * <pre>
 *   FuseChannel -> [CaptureHandler] -> [WireLogHandler] -> FrameCodec -> [MeterHandler] -> SessionHandler
 *       ^                                                      | ^                                |
 *       +-------------------- encoded reply -------------------+ |                         DispatchHandler -> file system
 *                                                                |                                                |
 *                                                                +------------------ ReplyMessage ----------------+
 * </pre>
 *
 * <p>One read of the channel is one request, one write is one reply. Inbound, the channel fires a
 * {@code RequestFrame}, which the codec makes a {@code FuseRequest}; outbound, a {@code
 * ReplyMessage} gets its encoded head from the codec. All handlers run on the channel's loop; a
 * reply that is completed on another thread comes to the loop as a task.
 */
public final class FusePipeline {
  private static final String CODEC = "codec";

  private FusePipeline() {}

  /**
   * Adds the handlers to a new channel; one that captures if the session does.
   *
   * @param clock of the channel, kept by it
   * @param wireLog where to log each message, null for nowhere
   */
  public static void install(
      ChannelPipeline pipeline, FuseSession session, LoopClock clock, @Nullable WireLog wireLog) {
    CaptureWriter capture = session.capture();
    if (capture != null) {
      pipeline.addLast(new CaptureHandler(capture));
    }
    if (wireLog != null) {
      pipeline.addLast(new WireLogHandler(session, wireLog));
    }
    pipeline.addLast(CODEC, new FrameCodec(session));
    RequestMeter meter = session.meter();
    if (meter != null) {
      pipeline.addLast(new MeterHandler(meter.newChannel(clock), clock));
    }
    pipeline.addLast(new SessionHandler(session), new DispatchHandler(session));
  }

  /**
   * Begins or ends to log each message of a channel, while it serves. Any thread.
   *
   * @param wireLog where to log, null for nowhere
   */
  public static void log(ChannelPipeline pipeline, FuseSession session, @Nullable WireLog wireLog) {
    if (pipeline.get(WireLogHandler.class) != null) {
      pipeline.remove(WireLogHandler.class);
    }
    if (wireLog != null && pipeline.get(CODEC) != null) {
      pipeline.addBefore(CODEC, null, new WireLogHandler(session, wireLog));
    }
  }

  /** Sends a reply from {@code ctx} towards the channel; any thread. */
  @SuppressWarnings("FutureReturnValueIgnored") // a void promise: failures reach exceptionCaught
  static void send(ChannelHandlerContext ctx, ReplyMessage reply) {
    ctx.writeAndFlush(reply, ctx.voidPromise());
  }
}
