package dev.fused.server.pipeline;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.server.capture.CaptureWriter;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.metrics.RequestMeter;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.SessionOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's side of a pipeline without a loop: sends requests, and takes replies as the bytes
 * that a channel would have written. All happens on the thread that sends or completes.
 */
public final class EmbeddedKernel implements AutoCloseable {
  private static final int AWAIT_SECONDS = 60;

  private final FuseSession session;
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
  private @Nullable ByteBuf received;

  /**
   * One reply.
   *
   * @param body what follows the header
   */
  public record Answer(ReplyHeader header, ByteBuf body) {
    public long unique() {
      return header.unique();
    }

    /** Null for success. */
    public @Nullable Errno error() {
      return header.error() == 0 ? null : Errno.ofNumber(header.error());
    }
  }

  private EmbeddedKernel(
      FuseFileSystem fileSystem, @Nullable WireLog wireLog, @Nullable CaptureWriter capture) {
    this(fileSystem, wireLog, capture, null);
  }

  private EmbeddedKernel(
      FuseFileSystem fileSystem,
      @Nullable WireLog wireLog,
      @Nullable CaptureWriter capture,
      @Nullable RequestMeter meter) {
    session = new FuseSession(fileSystem, SessionOptions.DEFAULT);
    if (meter != null) {
      session.meterWith(meter);
    }
    if (capture != null) {
      session.captureTo(capture);
    }
    session.channelOpened();
    FusePipeline.install(channel.pipeline(), session, new LoopClock(), wireLog);
    channel.pipeline().addFirst(new Recorder());
  }

  /** Before INIT. */
  public static EmbeddedKernel connect(FuseFileSystem fileSystem) {
    return new EmbeddedKernel(fileSystem, null, null);
  }

  /** Before INIT, with a capture. */
  public static EmbeddedKernel connect(FuseFileSystem fileSystem, CaptureWriter capture) {
    return new EmbeddedKernel(fileSystem, null, capture);
  }

  /** After an INIT exchange of 7.45. */
  public static EmbeddedKernel mount(FuseFileSystem fileSystem) {
    return mount(fileSystem, null);
  }

  /** After an INIT exchange of 7.45, with a wire log. */
  public static EmbeddedKernel mount(FuseFileSystem fileSystem, @Nullable WireLog wireLog) {
    return agreed(new EmbeddedKernel(fileSystem, wireLog, null));
  }

  /** After an INIT exchange of 7.45, with a meter. */
  public static EmbeddedKernel metered(FuseFileSystem fileSystem, RequestMeter meter) {
    return agreed(new EmbeddedKernel(fileSystem, null, null, meter));
  }

  private static EmbeddedKernel agreed(EmbeddedKernel kernel) {
    Answer answer = kernel.ask(Requests.init(2, 7, 45, 0));
    if (answer.error() != null) {
      throw new AssertionError("INIT: " + answer.error());
    }
    return kernel;
  }

  public FuseSession session() {
    return session;
  }

  /** The format in which requests and replies are now. */
  public WireFormat format() {
    return session.wireFormat();
  }

  /** Sends one request as a frame in a buffer of its own, which the channel then lets go. */
  public void send(FuseRequest request) {
    ByteBuf message = Unpooled.directBuffer();
    RequestEncoder.encode(request, message, format());
    sendBytes(message);
  }

  /** Sends the sample of an opcode. */
  public void send(Opcode opcode, long unique) {
    send(Requests.of(opcode, unique));
  }

  /** Sends one message, which is released. */
  public void sendBytes(ByteBuf message) {
    RequestFrame frame = RequestFrame.ofMessage(message);
    frame.frameMessage(message.readableBytes(), format());
    received = message;
    try {
      channel.writeInbound(frame);
    } finally {
      message.release();
    }
  }

  /** What Netty does with an exception that a handler or a write let out. */
  public void fireException(Throwable cause) {
    channel.pipeline().fireExceptionCaught(cause);
    channel.checkException();
  }

  /** The buffer in which the last request came: whether it is still lent. */
  public ByteBuf receiveBuffer() {
    if (received == null) {
      throw new IllegalStateException("nothing was sent yet");
    }
    return received;
  }

  /** The next reply, null if there is none. */
  public @Nullable Answer poll() {
    return answers.poll();
  }

  /** The next reply, which another thread may give. */
  public Answer await() throws InterruptedException {
    Answer answer = answers.poll(AWAIT_SECONDS, TimeUnit.SECONDS);
    if (answer == null) {
      throw new AssertionError("no answer within " + AWAIT_SECONDS + " s");
    }
    return answer;
  }

  /** The only reply to {@code request}, at once. */
  public Answer ask(FuseRequest request) {
    send(request);
    return onlyAnswer(request.unique());
  }

  /** The only reply to the sample of {@code opcode}, at once. */
  public Answer ask(Opcode opcode, long unique) {
    return ask(Requests.of(opcode, unique));
  }

  /** The only reply that is there, which must be for {@code unique}. */
  public Answer onlyAnswer(long unique) {
    Answer answer = answers.poll();
    if (answer == null || answer.unique() != unique || !answers.isEmpty()) {
      throw new AssertionError(
          "expected one answer, to " + unique + ", but got " + answer + " and then " + answers);
    }
    return answer;
  }

  /** Closes the channel, which ends the session. */
  @Override
  public void close() {
    if (channel.isOpen()) {
      channel.finishAndReleaseAll();
      session.channelClosed();
    }
  }

  /** In the place of the channel: what it does not copy is gone with the next reply. */
  private final class Recorder extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      ReplyMessage reply = (ReplyMessage) message;
      ByteBuf bytes = Unpooled.buffer();
      bytes.writeBytes(reply.head(), reply.head().readerIndex(), reply.head().readableBytes());
      for (ByteBuf piece : reply.data()) {
        bytes.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
      }
      reply.release();
      ReplyHeader header = ReplyHeader.decode(bytes);
      if (header.len() != ReplyHeader.SIZE + bytes.readableBytes()) {
        throw new AssertionError("the header of " + bytes + " says length " + header.len());
      }
      byte[] body = new byte[bytes.readableBytes()];
      bytes.readBytes(body).release();
      answers.add(new Answer(header, Unpooled.wrappedBuffer(body)));
    }
  }
}
