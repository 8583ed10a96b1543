package dev.fused.daemon.prometheus;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.ReadTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code GET /metrics}, and says what is there to who asks for something else. */
final class ScrapeHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger log = LoggerFactory.getLogger(ScrapeHandler.class);
  private static final String PATH = "/metrics";
  private static final String PLAIN = "text/plain; charset=utf-8";
  private static final String OPEN_METRICS = "application/openmetrics-text";

  /** Content types of the two formats, as their specifications have them. */
  private static final String TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final String OPEN_METRICS_TYPE = OPEN_METRICS + "; version=1.0.0; charset=utf-8";

  private final UnaryOperator<String> scrape;

  /**
   * @param scrape the metrics in the format of a content type; called on the loop
   */
  ScrapeHandler(UnaryOperator<String> scrape) {
    this.scrape = scrape;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (request.decoderResult().isFailure()) {
      reply(ctx, request, HttpResponseStatus.BAD_REQUEST, PLAIN, "this is not HTTP\n");
    } else if (!request.method().equals(HttpMethod.GET)
        && !request.method().equals(HttpMethod.HEAD)) {
      reply(ctx, request, HttpResponseStatus.METHOD_NOT_ALLOWED, PLAIN, "GET " + PATH + "\n");
    } else if (!request.uri().equals(PATH) && !request.uri().startsWith(PATH + "?")) {
      reply(ctx, request, HttpResponseStatus.NOT_FOUND, PLAIN, "metrics are at " + PATH + "\n");
    } else {
      String accepted = request.headers().get(HttpHeaderNames.ACCEPT, "");
      String type = accepted.contains(OPEN_METRICS) ? OPEN_METRICS_TYPE : TEXT_TYPE;
      reply(ctx, request, HttpResponseStatus.OK, type, scrape.apply(type));
    }
  }

  private static void reply(
      ChannelHandlerContext ctx,
      FullHttpRequest request,
      HttpResponseStatus status,
      String type,
      String text) {
    ByteBuf body = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    int length = body.readableBytes();
    if (request.method().equals(HttpMethod.HEAD)) {
      body.clear();
    }
    FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, length);
    if (status.equals(HttpResponseStatus.METHOD_NOT_ALLOWED)) {
      response.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD");
    }
    boolean stays = HttpUtil.isKeepAlive(request) && request.decoderResult().isSuccess();
    HttpUtil.setKeepAlive(response, stays);
    ctx.writeAndFlush(response)
        .addListener(stays ? ChannelFutureListener.CLOSE_ON_FAILURE : ChannelFutureListener.CLOSE);
  }

  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // there is nobody to tell
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof ReadTimeoutException) {
      log.debug("a client of the metrics said nothing for long");
    } else {
      log.warn("a scrape failed", cause);
    }
    ctx.close();
  }
}
