package dev.fused.server.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.server.capture.CaptureReader;
import dev.fused.server.capture.CaptureWriter;
import dev.fused.server.capture.CapturedFrame;
import dev.fused.server.capture.FrameKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class CaptureHandlerTest {
  private final ScriptedFileSystem fileSystem = new ScriptedFileSystem();
  private final ByteArrayOutputStream file = new ByteArrayOutputStream();
  private EmbeddedKernel kernel;

  @BeforeEach
  void connect() throws IOException {
    InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(7));
    kernel =
        EmbeddedKernel.connect(
            fileSystem, new CaptureWriter(Channels.newChannel(file), "capture", clock));
    kernel.ask(Requests.init(2, 7, 45, 0));
  }

  @AfterEach
  void close() {
    kernel.close();
  }

  /** What was captured once the session has ended. */
  private List<CapturedFrame> captured() throws IOException {
    kernel.close();
    List<CapturedFrame> frames = new ArrayList<>();
    CaptureReader reader =
        new CaptureReader(new ByteArrayInputStream(file.toByteArray()), "capture");
    for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
      frames.add(frame);
    }
    return frames;
  }

  private static byte[] bytes(FuseRequest request, WireFormat format) {
    ByteBuf message = Unpooled.buffer();
    RequestEncoder.encode(request, message, format);
    return ByteBufUtil.getBytes(message);
  }

  @Test
  void aRequestIsCapturedAsItCameForEachOpcode() throws IOException {
    WireFormat format = kernel.format();
    List<byte[]> expected = new ArrayList<>();
    expected.add(bytes(Requests.init(2, 7, 45, 0), WireFormat.INITIAL));
    for (Opcode opcode : Opcode.values()) {
      FuseRequest request = Requests.of(opcode, 100);
      kernel.send(request);
      expected.add(bytes(request, format));
    }

    assertThat(captured())
        .filteredOn(frame -> frame.kind() == FrameKind.REQUEST)
        .extracting(CapturedFrame::bytes)
        .containsExactlyElementsOf(expected);
  }

  @Test
  void aReplyIsCapturedWithAllItsData() throws IOException {
    fileSystem.read =
        (request, reply) ->
            reply.data(
                Unpooled.directBuffer().writeBytes(new byte[] {1, 2, 3}),
                Unpooled.wrappedBuffer(new byte[] {4, 5}));

    kernel.ask(Opcode.READ, 4);

    CapturedFrame reply = captured().getLast();
    assertThat(reply.kind()).isEqualTo(FrameKind.REPLY);
    ByteBuf message = Unpooled.wrappedBuffer(reply.bytes());
    assertThat(ReplyHeader.decode(message)).isEqualTo(new ReplyHeader(21, 0, 4));
    assertThat(ByteBufUtil.getBytes(message)).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void aRequestComesBeforeItsReplyAndBothOnTheirChannel() throws IOException {
    assertThat(kernel.ask(Opcode.GETATTR, 4).error()).isEqualTo(Errno.ENOSYS);

    List<CapturedFrame> frames = captured();
    assertThat(frames)
        .extracting(CapturedFrame::kind)
        .containsExactly(FrameKind.REQUEST, FrameKind.REPLY, FrameKind.REQUEST, FrameKind.REPLY);
    assertThat(frames).extracting(CapturedFrame::channel).containsOnly(0);
  }

  /** The file system runs when the request is captured, and the reply is when it is written. */
  @Test
  void aReplyThatComesLaterIsCapturedThen() throws IOException {
    Runnable[] completion = new Runnable[1];
    fileSystem.unlink = (request, reply) -> completion[0] = reply::ok;
    kernel.send(Opcode.UNLINK, 4);
    kernel.ask(Opcode.GETATTR, 6);

    completion[0].run();

    assertThat(captured())
        .filteredOn(frame -> frame.kind() == FrameKind.REPLY)
        .extracting(frame -> ReplyHeader.decode(Unpooled.wrappedBuffer(frame.bytes())).unique())
        .containsExactly(2L, 6L, 4L);
  }
}
