package dev.fused.server.pipeline;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.WriteOut;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.server.metrics.ChannelMeter;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.reply.ReplyMessage;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells a {@link ChannelMeter} of each request and its reply, with the time between. Next to the
 * codec; in the pipeline only if the session has a meter. On the channel's loop.
 *
 * <p>It reads the clock twice a request. A request that is answered within the call, as nearly all
 * are, needs no entry in a table. What the meter does for a reply, it does once the kernel has it,
 * so that no client waits for that.
 */
final class MeterHandler extends ChannelDuplexHandler {
  private final ChannelMeter meter;
  private final LoopClock clock;

  /** When the requests that are still open were decoded, by their unique. */
  private final Map<Long, Long> open = new HashMap<>();

  private @Nullable FuseRequest current;
  private long currentStart;

  private @Nullable FuseRequest answered;
  private long answeredStart;
  private int answeredBytes;
  private @Nullable Errno answeredError;

  MeterHandler(ChannelMeter meter, LoopClock clock) {
    this.meter = meter;
    this.clock = clock;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // this request, not one that looks like it
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof FuseRequest request)) {
      ctx.fireChannelRead(message);
      return;
    }
    long start = System.nanoTime();
    meter.received(request, clock.waitedNanos(start));
    current = request;
    currentStart = start;
    ctx.fireChannelRead(message);
    if (current == request) { // the reply would have taken it
      current = null;
      if (expectsReply(request)) {
        open.put(request.unique(), start);
      } else {
        meter.answered(request, null, 0, System.nanoTime() - start);
      }
    }
  }

  private static boolean expectsReply(FuseRequest request) {
    Opcode opcode = Opcode.of(request.header().opcode());
    return opcode == null || opcode.expectsReply();
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // the promise tells
  public void write(ChannelHandlerContext ctx, Object message, @Nullable ChannelPromise promise) {
    if (message instanceof ReplyMessage reply) {
      replied(reply);
    }
    ctx.write(message, promise);
  }

  @SuppressWarnings("ReferenceEquality") // this request, not one that looks like it
  private void replied(ReplyMessage reply) {
    tell(); // of one before that was not flushed yet: this one was made while it was written
    FuseRequest request = reply.request();
    if (request == current) {
      current = null;
      answeredStart = currentStart;
    } else {
      Long start = open.remove(request.unique());
      if (start == null) {
        return; // its request came to another channel before it was sent again
      }
      answeredStart = start;
    }
    answered = request;
    answeredError = reply.error();
    answeredBytes = fileData(reply);
  }

  private static int fileData(ReplyMessage reply) {
    int opcode = reply.request().header().opcode();
    if (opcode == Opcode.READ.number()) {
      return reply.dataLength();
    }
    return reply.body() instanceof WriteOut written ? written.size() : 0;
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    ctx.flush();
    tell();
  }

  private void tell() {
    FuseRequest request = answered;
    if (request != null) {
      answered = null;
      meter.answered(request, answeredError, answeredBytes, System.nanoTime() - answeredStart);
    }
  }
}
