package dev.fused.protocol.request;

import dev.fused.protocol.Hex;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A request and its bytes, written down by hand after the description of the protocol.
 *
 * @param message the bytes; those who read them take a duplicate
 * @param canonical false for bytes that decode to the request, but that the encoder writes
 *     otherwise
 */
record Golden(WireFormat format, FuseRequest request, ByteBuf message, boolean canonical) {
  private static final String HEADER_AFTER_OPCODE =
      """
      36 12 00 00 00 00 00 00   # unique 0x1236
      05 00 00 00 00 00 00 00   # nodeid 5
      e8 03 00 00 64 00 00 00   # uid 1000, gid 100
      92 10 00 00               # pid 4242
      """;

  /** All golden requests: every opcode is among them. */
  static Stream<Golden> all() {
    return Stream.of(
            GoldenNames.requests(),
            GoldenFiles.requests(),
            GoldenInodes.requests(),
            GoldenSession.requests())
        .flatMap(goldens -> goldens);
  }

  /**
   * A request in the newest format.
   *
   * @param request makes the record with the header that it is given
   * @param body rows of {@link Hex}: what follows the header
   */
  static Golden golden(
      int len, int opcode, Function<RequestHeader, FuseRequest> request, String body) {
    return golden(WireFormat.LATEST, len, opcode, 0, request, body);
  }

  /** A request in another format. */
  static Golden golden(
      WireFormat format,
      int len,
      int opcode,
      Function<RequestHeader, FuseRequest> request,
      String body) {
    return golden(format, len, opcode, 0, request, body);
  }

  /** A request with extensions. */
  static Golden golden(
      WireFormat format,
      int len,
      int opcode,
      int totalExtlen,
      Function<RequestHeader, FuseRequest> request,
      String body) {
    RequestHeader header = new RequestHeader(len, opcode, 0x1236, 5, 1000, 100, 4242, totalExtlen);
    ByteBuf message = Unpooled.buffer();
    message.writeIntLE(len);
    message.writeIntLE(opcode);
    message.writeBytes(Hex.bytes(HEADER_AFTER_OPCODE));
    message.writeShortLE(totalExtlen);
    message.writeZero(2);
    message.writeBytes(Hex.bytes(body));
    return new Golden(format, request.apply(header), message.asReadOnly(), true);
  }

  /** The same, but not what the encoder writes. */
  Golden decodeOnly() {
    return new Golden(format, request, message, false);
  }

  @Override
  public String toString() {
    return request.header().opcodeName()
        + " of "
        + message.readableBytes()
        + " bytes, 7."
        + format.minor();
  }
}
