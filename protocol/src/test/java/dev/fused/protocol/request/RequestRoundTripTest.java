package dev.fused.protocol.request;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Hex;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.RandomRecords;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random requests; a failure names the seed, which {@code -Dfused.seed=…} repeats. */
class RequestRoundTripTest {
  private static final int TIMES = 4;
  private static final long SEED = RandomRecords.seed();

  /** Every layout that a kernel can ask for. */
  static Stream<WireFormat> formats() {
    return IntStream.rangeClosed(ProtocolVersion.OLDEST.minor(), ProtocolVersion.LATEST.minor())
        .boxed()
        .flatMap(minor -> Stream.of(new WireFormat(minor, false), new WireFormat(minor, true)));
  }

  @ParameterizedTest
  @EnumSource(Opcode.class)
  void decodingWhatWasEncodedIsTheIdentity(Opcode opcode) {
    RandomRequests requests = new RandomRequests(SEED);
    ByteBuf buffer = Unpooled.buffer();
    RequestFrame frame = RequestFrame.ofMessage(buffer);
    formats()
        .forEach(
            format -> {
              for (int i = 0; i < TIMES; i++) {
                FuseRequest request = requests.next(opcode, format);
                buffer.clear();
                RequestEncoder.encode(request, buffer, format);
                frame.frameMessage(buffer.readableBytes(), format);

                FuseRequest decoded = RequestDecoder.decode(frame, format);

                assertThat(decoded)
                    .as("seed %d, %s", SEED, format)
                    .isEqualTo(RandomRequests.withHeaderOf(request, decoded));
                assertThat(decoded.header()).isEqualTo(headerOf(request, buffer.readableBytes()));
              }
            });
  }

  private static RequestHeader headerOf(FuseRequest request, int len) {
    RequestHeader header = request.header();
    return new RequestHeader(
        len,
        header.opcode(),
        header.unique(),
        header.nodeid(),
        header.uid(),
        header.gid(),
        header.pid(),
        request.extensions().encodedSize() / 8);
  }

  @ParameterizedTest
  @EnumSource(Opcode.class)
  void encodingWhatWasDecodedIsTheIdentity(Opcode opcode) {
    RandomRequests requests = new RandomRequests(SEED);
    formats()
        .forEach(
            format -> {
              ByteBuf message = Unpooled.buffer();
              RequestEncoder.encode(requests.next(opcode, format), message, format);
              RequestFrame frame = RequestFrame.ofMessage(message);
              frame.frameMessage(message.readableBytes(), format);
              ByteBuf again = Unpooled.buffer();
              RequestEncoder.encode(RequestDecoder.decode(frame, format), again, format);
              assertThat(Hex.of(again)).as("seed %d, %s", SEED, format).isEqualTo(Hex.of(message));
            });
  }
}
