package dev.fused.protocol.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Hex;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RequestGoldenTest {
  static Stream<Golden> goldens() {
    return Golden.all();
  }

  static Stream<Golden> canonicalGoldens() {
    return Golden.all().filter(Golden::canonical);
  }

  @Test
  void everyOpcodeHasGoldenBytes() {
    Set<Opcode> opcodes =
        Golden.all()
            .map(Golden::request)
            .filter(request -> !(request instanceof Unsupported))
            .map(FuseRequest::opcode)
            .collect(Collectors.toSet());
    assertThat(opcodes).isEqualTo(EnumSet.allOf(Opcode.class));
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void messageDecodesToItsRequest(Golden golden) {
    RequestFrame frame = RequestFrame.ofMessage(golden.message());
    frame.frameMessage(golden.message().readableBytes(), golden.format());
    assertThat(RequestDecoder.decode(frame, golden.format())).isEqualTo(golden.request());
  }

  @ParameterizedTest
  @MethodSource("canonicalGoldens")
  void requestEncodesToItsMessage(Golden golden) {
    ByteBuf out = Unpooled.buffer();
    RequestEncoder.encode(golden.request(), out, golden.format());
    assertThat(Hex.of(out)).isEqualTo(Hex.of(golden.message()));
  }

  /** An io_uring entry has the header, the structure and the rest in three buffers. */
  @ParameterizedTest
  @MethodSource("goldens")
  void windowsInThreeBuffersDecodeToTheSameRequest(Golden golden) {
    Opcode opcode = Opcode.of(golden.request().header().opcode());
    if (opcode != null && opcode.negotiates()) {
      return; // They come on the device only.
    }
    int operationSize = opcode == null ? 0 : opcode.operationSize(golden.format());
    ByteBuf message = golden.message().duplicate();
    ByteBuf header = Unpooled.buffer(128).writeBytes(message, 40);
    ByteBuf operation = Unpooled.buffer(128).writeBytes(message, operationSize);
    int payloadSize = message.readableBytes();
    ByteBuf payload = Unpooled.buffer(8192).writeBytes(message);

    RequestFrame frame = RequestFrame.ofWindows(header, operation, payload);
    frame.frameWindows(payloadSize, golden.format());

    assertThat(RequestDecoder.decode(frame, golden.format())).isEqualTo(golden.request());
  }

  @Test
  void encodingLeavesTheIndicesOfTheDataAlone() {
    ByteBuf data = Unpooled.wrappedBuffer(new byte[] {1, 2, 3}).skipBytes(1);
    Write write = new Write(RequestHeader.of(Opcode.WRITE, 2, 1, 0, 0, 0), 0, 0, 2, 0, 0, 0, data);
    RequestEncoder.encode(write, Unpooled.buffer(), WireFormat.LATEST);
    assertThat(data.readableBytes()).isEqualTo(2);
  }
}
