package dev.fused.server.pipeline;

import dev.fused.filesystem.MountRefusedException;
import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.request.CuseInit;
import dev.fused.protocol.request.Destroy;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.Interrupt;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.InitNegotiator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests that are about the session itself; all others pass. On the channel's loop.
 */
final class SessionHandler extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(SessionHandler.class);

  private final FuseSession session;

  SessionHandler(FuseSession session) {
    this.session = session;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    switch (message) {
      case Init init -> init(ctx, init);
      case Destroy destroy -> answer(ctx, destroy, null);
      // The kernel may deliver it before its target, or after the answer; it wants none itself.
      case Interrupt interrupt -> session.inFlight().interrupt(interrupt.interruptedUnique());
      case CuseInit cuse -> {
        log.warn("refused {}: character devices are not served", cuse);
        fail(ctx, cuse, Errno.ENOSYS);
      }
      case FuseRequest request when !session.isEstablished() -> refuseEarly(ctx, request);
      default -> ctx.fireChannelRead(message);
    }
  }

  private void refuseEarly(ChannelHandlerContext ctx, FuseRequest request) {
    Opcode opcode = Opcode.of(request.header().opcode());
    log.warn("refused {}: it came before INIT succeeded", request);
    if (opcode == null || opcode.expectsReply()) {
      fail(ctx, request, Errno.EIO);
    }
  }

  private void init(ChannelHandlerContext ctx, Init init) {
    int ourMajor = ProtocolVersion.LATEST.major();
    if (session.negotiated().isDone()) {
      log.warn("refused a second INIT: {}", init);
      fail(ctx, init, Errno.EIO);
    } else if (Integer.compareUnsigned(init.major(), ourMajor) > 0) {
      // The kernel sends INIT again, for the major that this reply names.
      ProtocolVersion latest = ProtocolVersion.LATEST;
      answer(ctx, init, new InitOut(latest.major(), latest.minor(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    } else {
      agree(ctx, init);
    }
  }

  private void agree(ChannelHandlerContext ctx, Init init) {
    InitNegotiator.Agreement agreement;
    try {
      agreement = session.agree(init);
    } catch (MountRefusedException e) {
      session.refuse(e);
      fail(ctx, init, Errno.EIO);
      return;
    } catch (RuntimeException | Error e) {
      log.error("init() of the file system failed", e);
      session.refuse(e);
      fail(ctx, init, Errno.EIO);
      return;
    }
    if (agreement == null) {
      fail(ctx, init, Errno.EPROTO);
      return;
    }
    answer(ctx, init, agreement.reply());
    session.established(agreement.connection());
  }

  private static void answer(
      ChannelHandlerContext ctx, FuseRequest request, @Nullable ReplyBody body) {
    FusePipeline.send(ctx, ReplyMessage.success(request, body));
  }

  private static void fail(ChannelHandlerContext ctx, FuseRequest request, Errno errno) {
    FusePipeline.send(ctx, ReplyMessage.error(request, errno));
  }
}
