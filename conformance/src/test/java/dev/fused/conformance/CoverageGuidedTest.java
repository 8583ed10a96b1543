package dev.fused.conformance;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.fs.memory.MemoryFileSystem;
import dev.fused.fs.memory.MemoryOptions;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.RequestDecoder;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.pipeline.FusePipeline;
import dev.fused.server.reply.ReplyMessage;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.SessionOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Tag;

/**
 * Targets of a fuzzer that looks for input by which code runs that did not run before. In a build
 * they run with the inputs that are kept as resources; with {@code JAZZER_FUZZ=1} they look for
 * more. There is no socket and no loop here, so that an input takes the same way each time.
 */
@Tag("jazzer")
final class CoverageGuidedTest {
  private static final int OLDEST = 12;
  private static final int MINORS = 34;

  /**
   * Any bytes, as a message of any minor.
   *
   * @param input a byte for the layout, then the message
   */
  @FuzzTest
  void theDecoderThrowsNothingButProtocolException(byte[] input) {
    if (input.length == 0) {
      return;
    }
    int layout = input[0] & 0xff;
    WireFormat format = new WireFormat(OLDEST + layout % MINORS, layout >= 128);
    ByteBuf message = Unpooled.wrappedBuffer(input, 1, input.length - 1);
    RequestFrame frame = RequestFrame.ofMessage(message);
    try {
      frame.frameMessage(message.readableBytes(), format);
      FuseRequest request = RequestDecoder.decode(frame, format);
      RequestEncoder.encode(request, Unpooled.buffer(), format);
    } catch (ProtocolException e) {
      // What bad bytes come to.
    }
  }

  /**
   * A sequence of frames to session and file system.
   *
   * @param input a byte for the file system; then for each frame: opcode, which of the inodes so
   *     far, a byte of ways in which the header lies, and the number of bytes that follow
   */
  @FuzzTest
  void eachFrameIsAnsweredAndNothingFails(byte[] input) {
    try (FuzzLog log = new FuzzLog();
        Pipeline pipeline = new Pipeline(input.length > 0 ? input[0] : 0)) {
      for (int at = 1; at + 4 <= input.length; ) {
        int length = Math.min(input[at + 3] & 0xff, input.length - at - 4);
        pipeline.send(input[at], input[at + 1], input[at + 2], input, at + 4, length);
        at += 4 + length;
      }
      log.check();
    }
  }

  /** The pipeline with a file system of its own, and what a channel would have written. */
  private static final class Pipeline implements AutoCloseable {
    private static final int LIES_OF_LEN = 1;
    private static final int LIES_OF_EXTLEN = 2;
    private static final int RESENT = 4;
    private static final int UNKNOWN = 0xc0;
    private static final int MOST_PAUSES = 10_000;

    private final FuseSession session;
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<Long> answered = new CopyOnWriteArrayList<>();
    private final List<Long> nodeids = new CopyOnWriteArrayList<>(List.of(FuseFileSystem.ROOT));
    private long lastUnique;

    Pipeline(int variant) {
      MemoryOptions options = MemoryOptions.of(1 << 20, 30).withMetadata(4096);
      boolean locks = (variant & 1) != 0;
      session =
          new FuseSession(
              new MemoryFileSystem(locks ? options.withServerLocks() : options),
              SessionOptions.DEFAULT);
      session.channelOpened();
      FusePipeline.install(channel.pipeline(), session, new LoopClock(), null);
      channel.pipeline().addFirst(new Recorder());
      int minor = (variant & 2) != 0 ? OLDEST : OLDEST + MINORS - 1;
      RequestHeader header = RequestHeader.of(Opcode.INIT, nextUnique(), 0, 0, 0, 0);
      ByteBuf message = Unpooled.directBuffer();
      RequestEncoder.encode(new Init(header, 7, minor, 0, -1), message, WireFormat.INITIAL);
      deliver(message, true);
    }

    private long nextUnique() {
      lastUnique += 2;
      return lastUnique;
    }

    void send(int opcode, int inode, int lies, byte[] input, int start, int length) {
      int number = (opcode & 0xff) % 60;
      boolean isKnown = (inode & 0xff) < UNKNOWN;
      long nodeid = isKnown ? nodeids.get((inode & 0xff) % nodeids.size()) : inode;
      long unique = (lies & RESENT) == 0 ? nextUnique() : lastUnique | RequestHeader.RESENT;
      ByteBuf message = Unpooled.directBuffer();
      new RequestHeader(
              RequestHeader.SIZE + length + ((lies & LIES_OF_LEN) == 0 ? 0 : lies),
              number,
              unique,
              nodeid,
              0,
              0,
              1,
              (lies & LIES_OF_EXTLEN) == 0 ? 0 : lies >>> 2 & 0x1f)
          .encode(message);
      message.writeBytes(input, start, length);
      Opcode known = Opcode.of(number);
      deliver(message, known == null || known.expectsReply());
      answered.clear();
    }

    /** Only SETLKW may stay unanswered; what waits for space is answered by another thread soon. */
    private void deliver(ByteBuf message, boolean isAnswered) {
      boolean mayWait = message.getIntLE(4) == Opcode.SETLKW.number();
      long unique = message.getLongLE(8);
      RequestFrame frame = RequestFrame.ofMessage(message);
      frame.frameMessage(message.readableBytes(), session.wireFormat());
      channel.writeInbound(frame);
      channel.checkException();
      for (int i = 0;
          i < MOST_PAUSES && isAnswered && !mayWait && !answered.contains(unique);
          i++) {
        pause();
      }
      long count = answered.stream().filter(one -> one == unique).count();
      if (count > (isAnswered ? 1 : 0) || (count == 0 && isAnswered && !mayWait)) {
        throw new AssertionError(
            "%s %d was answered %d times"
                .formatted(Opcode.describe(message.getIntLE(4)), unique, count));
      }
      message.release();
    }

    private static void pause() {
      try {
        Thread.sleep(1);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    /** What is not copied is gone with the next reply. */
    private final class Recorder extends ChannelOutboundHandlerAdapter {
      @Override
      public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ReplyMessage reply = (ReplyMessage) message;
        ReplyHeader header = ReplyHeader.decode(reply.head().duplicate());
        int length = reply.head().readableBytes() + reply.dataLength();
        if (header.len() != length) {
          throw new AssertionError(header + " comes with " + length + " bytes");
        }
        answered.add(header.unique());
        switch (reply.body()) {
          case EntryOut entry -> nodeids.add(entry.nodeid());
          case CreateOut created -> nodeids.add(created.entry().nodeid());
          case null, default -> {}
        }
        reply.release();
      }
    }

    @Override
    public void close() {
      channel.finishAndReleaseAll();
      session.channelClosed();
    }
  }
}
