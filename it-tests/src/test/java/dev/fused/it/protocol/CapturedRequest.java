package dev.fused.it.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Opcode;
import dev.fused.server.capture.CaptureReader;
import dev.fused.server.capture.CapturedFrame;
import dev.fused.server.capture.FrameKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A request in a capture.
 *
 * @param bytes header and body, as they came from the kernel
 */
record CapturedRequest(Opcode opcode, ByteBuffer bytes) {
  private static final int OPCODE_OFFSET = 4;
  private static final int HEADER_SIZE = 40;

  /** In READ and in WRITE, behind the header, the handle and the offset. */
  private static final int SIZE_OFFSET = HEADER_SIZE + 16;

  /** All of a file, in the order in which they came. */
  static List<CapturedRequest> in(Path capture) throws IOException {
    List<CapturedRequest> requests = new ArrayList<>();
    try (CaptureReader reader = CaptureReader.open(capture)) {
      for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
        if (frame.kind() == FrameKind.REQUEST) {
          requests.add(of(ByteBuffer.wrap(frame.bytes()).order(ByteOrder.LITTLE_ENDIAN)));
        }
      }
    }
    return requests;
  }

  private static CapturedRequest of(ByteBuffer bytes) {
    int number = bytes.getInt(OPCODE_OFFSET);
    Opcode opcode = Opcode.of(number);
    assertThat(opcode).as("opcode %d", number).isNotNull();
    return new CapturedRequest(opcode, bytes);
  }

  /** The name, with its NUL, of a request that has nothing else. */
  String name() {
    ByteBuffer name = bytes.slice(HEADER_SIZE, bytes.capacity() - HEADER_SIZE);
    return StandardCharsets.ISO_8859_1.decode(name).toString();
  }

  /** How many bytes a READ or a WRITE is about. */
  int size() {
    return bytes.getInt(SIZE_OFFSET);
  }
}
