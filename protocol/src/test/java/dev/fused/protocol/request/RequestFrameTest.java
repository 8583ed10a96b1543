package dev.fused.protocol.request;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class RequestFrameTest {
  private final ByteBuf buffer = Unpooled.directBuffer(8192);
  private final RequestFrame frame = RequestFrame.ofMessage(buffer);

  private int put(FuseRequest request) {
    buffer.clear();
    RequestEncoder.encode(request, buffer, WireFormat.LATEST);
    return buffer.readableBytes();
  }

  private static RequestHeader header(Opcode opcode) {
    return RequestHeader.of(opcode, 42, 1, 0, 0, 0);
  }

  @Test
  void windowsAreHeaderStructureAndTheRest() {
    int length = put(new Getxattr(header(Opcode.GETXATTR), 5, FileName.of("user.a")));
    frame.frameMessage(length, WireFormat.LATEST);
    assertThat(frame.header().readableBytes()).isEqualTo(40);
    assertThat(frame.operation().readableBytes()).isEqualTo(8);
    assertThat(frame.payload().readableBytes()).isEqualTo(7);
  }

  @Test
  void frameIsUsedForMessageAfterMessage() {
    ByteBuf data = Unpooled.wrappedBuffer(new byte[100]);
    int length = put(new Write(header(Opcode.WRITE), 1, 2, 100, 0, 0, 0, data));
    frame.frameMessage(length, WireFormat.LATEST);
    assertThat(RequestDecoder.decode(frame, WireFormat.LATEST)).isInstanceOf(Write.class);

    length = put(new Lookup(header(Opcode.LOOKUP), FileName.of("a")));
    frame.frameMessage(length, WireFormat.LATEST);
    assertThat(RequestDecoder.decode(frame, WireFormat.LATEST))
        .isInstanceOfSatisfying(
            Lookup.class, lookup -> assertThat(lookup.name()).isEqualTo(FileName.of("a")));
  }

  @Test
  void dataIsNotCopied() {
    ByteBuf data = Unpooled.wrappedBuffer(new byte[] {1, 2, 3});
    frame.frameMessage(
        put(new Write(header(Opcode.WRITE), 1, 2, 3, 0, 0, 0, data)), WireFormat.LATEST);
    Write write = (Write) RequestDecoder.decode(frame, WireFormat.LATEST);
    buffer.setByte(81, 77);
    assertThat(write.data().getByte(write.data().readerIndex() + 1)).isEqualTo((byte) 77);
    assertThat(buffer.refCnt()).isEqualTo(1);
  }

  @Test
  void namesAreCopied() {
    frame.frameMessage(
        put(new Lookup(header(Opcode.LOOKUP), FileName.of("abc"))), WireFormat.LATEST);
    Lookup lookup = (Lookup) RequestDecoder.decode(frame, WireFormat.LATEST);
    buffer.setZero(0, buffer.capacity());
    assertThat(lookup.name()).isEqualTo(FileName.of("abc"));
  }

  @Test
  void framingAllocatesNothing() {
    int length = put(new Lookup(header(Opcode.LOOKUP), FileName.of("abc")));
    frame.frameMessage(length, WireFormat.LATEST); // loads the classes
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    threads.getCurrentThreadAllocatedBytes();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 10_000; i++) {
      frame.frameMessage(length, WireFormat.LATEST);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
  }

  @Test
  void aMessageOfAnotherLengthThanItSaysIsRefusedByTheDecoder() {
    int length = put(new Lookup(header(Opcode.LOOKUP), FileName.of("abc")));
    frame.frameMessage(length + 1, WireFormat.LATEST);
    assertThatExceptionOfType(ProtocolException.class)
        .isThrownBy(() -> RequestDecoder.decode(frame, WireFormat.LATEST))
        .withMessage("LOOKUP 42: len is 44, expected 45, the length of the message");
  }

  @Test
  void anUnknownOpcodeOfAnotherLengthThanItSaysIsRefusedToo() {
    buffer.clear();
    new RequestHeader(41, 4000, 42, 1, 0, 0, 0, 0).encode(buffer);
    frame.frameMessage(buffer.readableBytes(), WireFormat.LATEST);
    assertThatExceptionOfType(ProtocolException.class)
        .isThrownBy(() -> RequestDecoder.decode(frame, WireFormat.LATEST))
        .withMessage("opcode 4000 42: len is 41, expected 40, the length of the message");
  }

  @Test
  void messageWithoutAWholeHeaderHasNoWindows() {
    frame.frameMessage(put(new Statfs(header(Opcode.STATFS))), WireFormat.LATEST);
    assertThatExceptionOfType(ProtocolException.class)
        .isThrownBy(() -> frame.frameMessage(39, WireFormat.LATEST));
    assertThat(frame.header().readableBytes()).isZero();
  }

  @Test
  void structureOfInitIsAsLongAsTheMessage() {
    frame.frameMessage(put(new Init(header(Opcode.INIT), 7, 45, 0, 0)), WireFormat.INITIAL);
    assertThat(frame.operation().readableBytes()).isEqualTo(64);
    frame.frameMessage(put(new Init(header(Opcode.INIT), 7, 12, 0, 0)), WireFormat.INITIAL);
    assertThat(frame.operation().readableBytes()).isEqualTo(16);
  }

  @Test
  void windowsThatDoNotAddUpToLenAreRefused() {
    put(new Lookup(header(Opcode.LOOKUP), FileName.of("abc")));
    ByteBuf payload = Unpooled.wrappedBuffer(new byte[] {'a', 'b', 'c', 0, 0});
    RequestFrame windows = RequestFrame.ofWindows(buffer, Unpooled.buffer(128), payload);
    windows.frameWindows(4, WireFormat.LATEST);
    assertThat(RequestDecoder.decode(windows, WireFormat.LATEST)).isInstanceOf(Lookup.class);
    windows.frameWindows(5, WireFormat.LATEST);
    assertThatExceptionOfType(ProtocolException.class)
        .isThrownBy(() -> RequestDecoder.decode(windows, WireFormat.LATEST));
  }

  /** Linux 6.18 has an empty structure there, and then the structure of 40 bytes and the data. */
  @Test
  void ofANotifyReplyInWindowsAllLiesInThePayload() {
    int length =
        put(
            new NotifyReply(
                header(Opcode.NOTIFY_REPLY), 7, 3, Unpooled.copiedBuffer("abc", UTF_8)));
    ByteBuf payload = buffer.copy(RequestHeader.SIZE, length - RequestHeader.SIZE);
    RequestFrame windows = RequestFrame.ofWindows(buffer, Unpooled.buffer(128), payload);

    windows.frameWindows(payload.readableBytes(), WireFormat.LATEST);
    NotifyReply reply = (NotifyReply) RequestDecoder.decode(windows, WireFormat.LATEST);

    assertThat(reply.offset()).isEqualTo(7);
    assertThat(reply.data().toString(UTF_8)).isEqualTo("abc");
  }
}
