package dev.fused.server.transport.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestDecoder;
import dev.fused.protocol.request.RequestFrame;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Unsupported;
import dev.fused.protocol.request.Write;
import dev.fused.server.linux.Mapping;
import dev.fused.server.reply.ReplyMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Offsets in numbers, as {@code struct fuse_uring_req_header} of Linux 6.14 has them. */
final class RingEntryTest {
  private static final int PAYLOAD_SIZE = 8192;
  private static final long UNIQUE = 42;

  private final Arena arena = Arena.ofShared();
  private RingEntry entry;
  private MemorySegment memory;
  private MemorySegment payload;

  @BeforeEach
  void makeEntry() throws IOException {
    memory = Mapping.anonymous(arena, 4096);
    payload = Mapping.anonymous(arena, PAYLOAD_SIZE);
    entry = new RingEntry(0, memory, payload);
  }

  @AfterEach
  void free() {
    arena.close();
  }

  /** As the kernel lays a WRITE of {@code text} down. */
  private FuseRequest write(String text) throws Exception {
    int opcode = Opcode.WRITE.number();
    memory.set(JAVA_INT, 0, 40 + 40 + text.length());
    memory.set(JAVA_INT, 4, opcode);
    memory.set(JAVA_LONG, 8, UNIQUE);
    memory.set(JAVA_LONG, 16, 7); // nodeid
    memory.set(JAVA_LONG, 128, 5); // fh
    memory.set(JAVA_LONG, 128 + 8, 100); // offset
    memory.set(JAVA_INT, 128 + 16, text.length());
    memory.set(JAVA_LONG, 264, UNIQUE);
    memory.set(JAVA_INT, 272, text.length());
    MemorySegment.copy(text.getBytes(US_ASCII), 0, payload, JAVA_BYTE, 0, text.length());
    RequestFrame frame = entry.request(WireFormat.INITIAL);
    return RequestDecoder.decode(frame, WireFormat.INITIAL);
  }

  private static ReplyMessage encoded(ReplyMessage reply, int error, byte... body) {
    ByteBuf head = Unpooled.buffer();
    new ReplyHeader(16 + body.length + reply.dataLength(), error, UNIQUE).encode(head);
    reply.setHead(head.writeBytes(body), true);
    return reply;
  }

  private String payload(int length) {
    ByteBuffer bytes = payload.asSlice(0, length).asByteBuffer();
    return US_ASCII.decode(bytes).toString();
  }

  @Test
  void aRequestIsReadFromItsThreePlaces() throws Exception {
    Write write = (Write) write("hello");

    assertThat(write.unique()).isEqualTo(UNIQUE);
    assertThat(write.nodeid()).isEqualTo(7);
    assertThat(write.fh()).isEqualTo(5);
    assertThat(write.offset()).isEqualTo(100);
    assertThat(write.data().toString(US_ASCII)).isEqualTo("hello");
    assertThat(entry.unique()).isEqualTo(UNIQUE);
  }

  @Test
  void aReplyHasItsHeaderInFrontAndAllElseInThePayload() throws Exception {
    ByteBuf first = Unpooled.copiedBuffer("da", US_ASCII);
    ByteBuf second = Unpooled.copiedBuffer("ta", US_ASCII);
    ReplyMessage reply = ReplyMessage.success(write(""), null, first, second);

    int result = entry.answer(encoded(reply, 0, (byte) 'b', (byte) 'o'));

    assertThat(result).isEqualTo(16 + 6);
    assertThat(memory.get(JAVA_INT, 0)).isEqualTo(16 + 6);
    assertThat(memory.get(JAVA_INT, 4)).isZero();
    assertThat(memory.get(JAVA_LONG, 8)).isEqualTo(UNIQUE);
    assertThat(memory.get(JAVA_INT, 272)).isEqualTo(6);
    assertThat(payload(6)).isEqualTo("bodata");
    reply.release();
  }

  @Test
  void anErrorHasNoPayload() throws Exception {
    ReplyMessage reply = ReplyMessage.error(write("hello"), Errno.ENOSPC);

    entry.answer(encoded(reply, -28));

    assertThat(memory.get(JAVA_INT, 4)).isEqualTo(-28);
    assertThat(memory.get(JAVA_INT, 272)).isZero();
  }

  @Test
  void theAnswerMayBeMadeOfTheRequestsOwnBytes() throws Exception {
    Write write = (Write) write("hello");
    ByteBuf tail = write.data().retainedSlice(3, 2);
    ByteBuf start = write.data().retainedSlice(0, 3);

    ReplyMessage reply = ReplyMessage.success(write, null, tail, start);
    entry.answer(encoded(reply, 0, (byte) '-'));

    assertThat(payload(6)).isEqualTo("-lohel");
    reply.release();
  }

  @Test
  void aReplyThatDoesNotFitBecomesEio() throws Exception {
    ByteBuf large = Unpooled.buffer(PAYLOAD_SIZE + 1).writeZero(PAYLOAD_SIZE + 1);
    ReplyMessage reply = ReplyMessage.success(write(""), null, large);

    assertThat(entry.answer(encoded(reply, 0))).isEqualTo(-Errno.EINVAL.number());

    assertThat(memory.get(JAVA_INT, 4)).isEqualTo(-5);
    assertThat(memory.get(JAVA_INT, 272)).isZero();
    reply.release();
  }

  @Test
  void whatWantsNoAnswerIsGivenBackWithItsOwnUnique() throws Exception {
    write("hello");

    entry.answerNothing();

    assertThat(memory.get(JAVA_INT, 4)).isZero();
    assertThat(memory.get(JAVA_LONG, 8)).isEqualTo(UNIQUE);
    assertThat(memory.get(JAVA_INT, 272)).isZero();
  }

  @Test
  void anUnknownOpcodeHasAHeaderStill() throws Exception {
    memory.set(JAVA_INT, 0, RequestHeader.SIZE);
    memory.set(JAVA_INT, 4, 9999);
    memory.set(JAVA_LONG, 8, UNIQUE);

    FuseRequest request =
        RequestDecoder.decode(entry.request(WireFormat.INITIAL), WireFormat.INITIAL);

    assertThat(request).isInstanceOf(Unsupported.class);
    assertThat(request.unique()).isEqualTo(UNIQUE);
  }

  @Test
  void aPayloadThatIsGivenBackIsEmpty() throws Exception {
    write("hello");
    assertThat(entry.payloadSize()).isEqualTo(5);
    assertThat(payload.get(JAVA_BYTE, 0)).isNotZero();

    entry.giveBack();

    assertThat(payload.get(JAVA_BYTE, 0)).isZero();
  }
}
