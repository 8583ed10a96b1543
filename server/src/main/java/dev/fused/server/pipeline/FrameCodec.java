package dev.fused.server.pipeline;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestDecoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Unsupported;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames to requests, and replies to frames. On the channel's loop.
 *
 * <p>The head of a reply (header and structure) is encoded into one buffer that is used for every
 * reply, since every reply is flushed as it is written. Only replies that are completed while the
 * channel is writing (when data is released, say) queue up there, and get heads of their own.
 */
final class FrameCodec extends ChannelDuplexHandler {
  private static final Logger log = LoggerFactory.getLogger(FrameCodec.class);

  /** Enough for the largest structure, {@code fuse_statx_out}. */
  private static final int HEAD_CAPACITY = 512;

  private final FuseSession session;
  private final ByteBuf sharedHead = newHead();
  private @Nullable ReplyMessage last;

  FrameCodec(FuseSession session) {
    this.session = session;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof RequestFrame frame)) {
      ctx.fireChannelRead(message);
      return;
    }
    int start = frame.header().readerIndex();
    FuseRequest request;
    try {
      request = RequestDecoder.decode(frame, session.wireFormat());
    } catch (ProtocolException e) {
      log.warn("malformed request: {}", e.getMessage());
      answerMalformed(ctx, frame.header().readerIndex(start));
      return;
    }
    ctx.fireChannelRead(request);
  }

  /** EIO to the caller, if the header tells who that is. */
  private void answerMalformed(ChannelHandlerContext ctx, ByteBuf header) {
    if (header.readableBytes() < RequestHeader.SIZE) {
      return;
    }
    RequestHeader decoded = RequestHeader.decode(header);
    Opcode opcode = Opcode.of(decoded.opcode());
    if (opcode == null || opcode.expectsReply()) {
      ReplyMessage reply = ReplyMessage.error(new Unsupported(decoded), Errno.EIO);
      encode(reply);
      FusePipeline.send(ctx, reply);
    }
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // the promise tells
  public void write(ChannelHandlerContext ctx, Object message, @Nullable ChannelPromise promise) {
    ctx.write(message instanceof ReplyMessage reply ? encoded(reply) : message, promise);
  }

  /** The reply with its head. One that cannot be encoded becomes EIO: somebody waits for it. */
  private ReplyMessage encoded(ReplyMessage reply) {
    try {
      encode(reply);
      return reply;
    } catch (RuntimeException e) {
      log.error("cannot encode {}: answering EIO in its place", reply, e);
      ReplyMessage failure = ReplyMessage.error(reply.request(), Errno.EIO);
      reply.release();
      encode(failure);
      return failure;
    }
  }

  private void encode(ReplyMessage reply) {
    WireFormat format = session.wireFormat();
    Errno error = reply.error();
    ReplyBody body = reply.body();
    // With its last reference a reply is written, or never will be.
    boolean queued = last != null && last.refCnt() > 0;
    ByteBuf head = queued ? newHead() : sharedHead;
    last = reply;
    reply.setHead(head, queued);
    head.clear().writerIndex(ReplyHeader.SIZE);
    if (body != null) {
      body.encode(head, format);
    }
    int length = head.writerIndex() + reply.dataLength();
    head.setIntLE(0, length);
    head.setIntLE(4, error == null ? 0 : -error.number());
    head.setLongLE(8, reply.request().unique());
  }

  private static ByteBuf newHead() {
    return Unpooled.directBuffer(HEAD_CAPACITY, HEAD_CAPACITY);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    sharedHead.release();
  }
}
