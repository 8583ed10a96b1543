package dev.fused.protocol.reply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.fused.protocol.Hex;
import dev.fused.protocol.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReplyGoldenTest {
  static Stream<GoldenReply> goldens() {
    return GoldenReply.all();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void bytesDecodeToTheBody(GoldenReply golden) {
    ByteBuf in = golden.bytes().duplicate();
    assertThat(golden.decoder().apply(in, golden.format())).isEqualTo(golden.body());
    assertThat(in.readableBytes()).isZero();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void bodyEncodesToTheBytes(GoldenReply golden) {
    ByteBuf out = Unpooled.buffer();
    golden.body().encode(out, golden.format());
    assertThat(Hex.of(out)).isEqualTo(Hex.of(golden.bytes()));
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void everyProperPrefixIsRefused(GoldenReply golden) {
    for (int length = 0; length < golden.bytes().readableBytes(); length++) {
      if (isWholeForAnotherMinor(golden.body(), length)) {
        continue;
      }
      ByteBuf prefix = golden.bytes().slice(0, length);
      assertThatExceptionOfType(ProtocolException.class)
          .as("%d bytes", length)
          .isThrownBy(() -> golden.decoder().apply(prefix, golden.format()));
    }
  }

  private static boolean isWholeForAnotherMinor(ReplyBody body, int length) {
    return (body instanceof InitOut && Set.of(8, 24).contains(length))
        || (body instanceof CuseInitOut && length == 72);
  }

  @Test
  void headerIsLenErrorUnique() {
    ReplyHeader header = new ReplyHeader(16, -2, 0x1236);
    String rows =
        """
        10 00 00 00 fe ff ff ff   # len, error
        36 12 00 00 00 00 00 00   # unique
        """;
    ByteBuf out = Unpooled.buffer();
    header.encode(out);
    assertThat(Hex.of(out)).isEqualTo(Hex.of(Hex.bytes(rows)));
    assertThat(ReplyHeader.decode(Hex.buffer(rows))).isEqualTo(header);
  }

  @Test
  void headerCutShortIsRefused() {
    assertThatExceptionOfType(ProtocolException.class)
        .isThrownBy(() -> ReplyHeader.decode(Unpooled.wrappedBuffer(new byte[15])));
  }
}
