package dev.fused.conformance;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestDecoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.server.linux.Libc;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A server whose answers are written byte by byte, on a thread of its own. INIT it answers well.
 */
public final class FakeServer implements ServerUnderTest {
  private static final int SPACE = 1 << 18;

  private final Function<FuseRequest, List<byte[]>> script;

  /**
   * @param script the messages that a request is answered with; null closes the device
   */
  public FakeServer(Function<FuseRequest, List<byte[]>> script) {
    this.script = script;
  }

  /** A whole message. */
  public static byte[] message(int error, long unique, byte[] body) {
    return message(ReplyHeader.SIZE + body.length, error, unique, body);
  }

  /** A message that says another length than it has. */
  public static byte[] message(int len, int error, long unique, byte[] body) {
    ByteBuf out = Unpooled.buffer();
    new ReplyHeader(len, error, unique).encode(out);
    out.writeBytes(body);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  public static byte[] body(ReplyBody body) {
    ByteBuf out = Unpooled.buffer();
    body.encode(out, WireFormat.LATEST);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  @Override
  public String describe() {
    return "a fake";
  }

  @Override
  public Running start(int fd) {
    Thread thread = Thread.ofPlatform().daemon().name("fake server").start(() -> serve(fd));
    return new Running() {
      @Override
      public boolean awaitEnd(Duration bound) throws InterruptedException {
        return thread.join(bound);
      }

      @Override
      public String status() {
        return "it is a fake";
      }

      @Override
      public void close() {
        try {
          thread.join();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    };
  }

  private void serve(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(SPACE);
      while (true) {
        int length = Libc.read(fd, memory.address(), SPACE);
        if (length <= 0) {
          break;
        }
        ByteBuf in = Unpooled.wrappedBuffer(memory.asSlice(0, length).toArray(JAVA_BYTE));
        List<byte[]> answers = answer(in, length);
        if (answers == null) {
          break;
        }
        for (byte[] answer : answers) {
          MemorySegment.copy(answer, 0, memory, JAVA_BYTE, 0, answer.length);
          Libc.write(fd, memory.address(), answer.length);
        }
      }
    }
    Libc.close(fd);
  }

  private List<byte[]> answer(ByteBuf in, int length) {
    RequestFrame frame = RequestFrame.ofMessage(in);
    frame.frameMessage(length, WireFormat.LATEST);
    FuseRequest request = RequestDecoder.decode(frame, WireFormat.LATEST);
    if (request.header().opcode() != 26) {
      return script.apply(request);
    }
    int minor = ProtocolVersion.LATEST.minor();
    InitOut reply = new InitOut(7, minor, 0, 0, 0, 0, 4096, 1, 0, 0, 0, 0);
    return new ArrayList<>(List.of(message(0, request.unique(), body(reply))));
  }
}
