package dev.fused.protocol.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.management.ThreadMXBean;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Hex;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.RandomRecords;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is not exactly a request is refused with {@link ProtocolException} and costs nothing.
 */
class MalformedRequestTest {
  private static final long SEED = RandomRecords.seed();

  /** Lengths at which an INIT of another minor ends, header included. */
  private static final Set<Integer> INIT_LENGTHS = Set.of(48, 56);

  static Stream<Golden> goldens() {
    return Golden.all().filter(golden -> !(golden.request() instanceof Unsupported));
  }

  static Stream<Golden> goldensOfOneLength() {
    return goldens().filter(golden -> !golden.request().opcode().negotiates());
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void everyProperPrefixIsRefused(Golden golden) {
    byte[] message = ByteBufUtil.getBytes(golden.message());
    for (int length = 0; length < message.length; length++) {
      refuses(golden.format(), Unpooled.copiedBuffer(message, 0, length));
    }
  }

  /** The same prefixes, when their headers say what they are long. */
  @ParameterizedTest
  @MethodSource("goldens")
  void everyProperPrefixIsRefusedThoughItsLenIsRight(Golden golden) {
    byte[] message = ByteBufUtil.getBytes(golden.message());
    boolean init = golden.request() instanceof Init;
    for (int length = 40; length < message.length; length++) {
      if (init && (INIT_LENGTHS.contains(length) || length >= 104)) {
        continue;
      }
      ByteBuf prefix = Unpooled.copiedBuffer(message, 0, length);
      refuses(golden.format(), prefix.setIntLE(0, length));
    }
  }

  @ParameterizedTest
  @MethodSource("goldensOfOneLength")
  void trailingBytesAreRefused(Golden golden) {
    for (int excess : new int[] {1, 3, 4, 8, 16, 100}) {
      byte[] message = ByteBufUtil.getBytes(golden.message());
      ByteBuf longer = Unpooled.buffer().writeBytes(message).writeZero(excess);
      refuses(golden.format(), longer.setIntLE(0, longer.readableBytes()));
    }
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void everyOtherLenIsRefused(Golden golden) {
    ByteBuf message = golden.message().copy();
    int length = message.readableBytes();
    IntStream around = IntStream.rangeClosed(-length, 3 * length);
    IntStream far =
        IntStream.of(Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 16 | length, 1 << 31 | length);
    IntStream.concat(around, far)
        .filter(len -> len != length)
        .forEach(len -> refuses(golden.format(), message.setIntLE(0, len)));
  }

  @ParameterizedTest
  @MethodSource("goldensOfOneLength")
  void everyOtherTotalExtlenIsRefused(Golden golden) {
    ByteBuf message = golden.message().copy();
    int totalExtlen = golden.request().header().totalExtlen();
    for (int other : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 100, 0x7fff, 0x8000, 0xffff}) {
      if (other != totalExtlen) {
        refuses(golden.format(), message.setShortLE(36, other));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void damagedMessagesRaiseNothingButProtocolException(Golden golden) {
    Random random = new Random(SEED);
    for (int i = 0; i < 2000; i++) {
      ByteBuf message = golden.message().copy();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        // The length is spared: it would end the matter.
        int index = 4 + random.nextInt(message.readableBytes() - 4);
        message.setByte(index, random.nextInt(256));
      }
      try {
        decode(golden.format(), message);
      } catch (ProtocolException e) {
        assertThat(e).hasMessageContaining("expected");
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ", " + Hex.of(message), e);
      }
    }
  }

  /** A name, and what the request must not take it for. */
  static Stream<Arguments> badNames() {
    Stream<Opcode> entries =
        Stream.of(Opcode.UNLINK, Opcode.RMDIR, Opcode.MKDIR, Opcode.MKNOD, Opcode.CREATE);
    return Stream.concat(
        entries.flatMap(
            opcode -> Stream.of("", ".", "..", "a/b", "/").map(name -> Arguments.of(opcode, name))),
        Stream.of(
            Arguments.of(Opcode.LOOKUP, ""),
            Arguments.of(Opcode.LOOKUP, "a/"),
            Arguments.of(Opcode.TMPFILE, ""),
            Arguments.of(Opcode.GETXATTR, ""),
            Arguments.of(Opcode.REMOVEXATTR, "")));
  }

  @ParameterizedTest
  @MethodSource("badNames")
  void namesThatTheKernelNeverSendsAreRefused(Opcode opcode, String name) {
    ByteBuf message = Unpooled.buffer();
    RequestHeader.of(opcode, 2, 1, 0, 0, 0).encode(message);
    message.writeZero(opcode.operationSize(WireFormat.LATEST));
    FileName.of(name).writeTo(message);
    message.writeByte(0).setIntLE(0, message.readableBytes());
    refuses(WireFormat.LATEST, message);
  }

  @Test
  void refusalNamesOpcodeUniqueFieldValueAndExpectation() {
    ByteBuf message = Unpooled.buffer();
    RequestHeader.of(Opcode.WRITE, 42, 1, 0, 0, 0).encode(message);
    message.writeZero(40).setIntLE(56, 7);
    message.setIntLE(0, message.readableBytes());
    assertThatExceptionOfType(ProtocolException.class)
        .isThrownBy(() -> decode(WireFormat.LATEST, message))
        .withMessage("WRITE 42: size is 7, expected 0, the length of the data");
  }

  /** Messages that promise gigabytes: the opcode and where its count or size stands. */
  static Stream<Arguments> promises() {
    return Stream.of(
        Arguments.of(Opcode.BATCH_FORGET, 40, ""),
        Arguments.of(Opcode.REMOVEMAPPING, 40, ""),
        Arguments.of(Opcode.WRITE, 56, ""),
        Arguments.of(Opcode.NOTIFY_REPLY, 56, ""),
        Arguments.of(Opcode.IOCTL, 64, ""),
        Arguments.of(Opcode.SETXATTR, 40, "61 00"),
        Arguments.of(
            Opcode.MKDIR, 50, "61 00 # size of an extension\n 10000000 20000000 0100000001000000"),
        Arguments.of(Opcode.MKDIR, 58, "61 00 # nr_groups\n 10000000 20000000 0100000001000000"),
        Arguments.of(
            Opcode.MKDIR,
            58,
            "61 00 # size of a label\n 18000000 01000000 0100000000000000 6100620000000000"));
  }

  @ParameterizedTest
  @MethodSource("promises")
  void promisedBytesAreNotAllocated(Opcode opcode, int offset, String payload) {
    ByteBuf message = Unpooled.buffer();
    RequestHeader.of(opcode, 2, 1, 0, 0, 0).encode(message);
    message.writeZero(opcode.operationSize(WireFormat.LATEST));
    message.writeBytes(Hex.bytes(payload));
    message.setIntLE(0, message.readableBytes());
    message.setShortLE(36, opcode == Opcode.MKDIR ? (message.readableBytes() - 50) / 8 : 0);
    // 0x10000000 × 16 and 0x40000000 × 4 are 0 in 32 bits.
    int[] counts = {
      Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 0x10000000, 0x20000000, 0x40000000, 0x1000000
    };
    for (int count : counts) {
      refuses(WireFormat.LATEST, message.setIntLE(offset, count)); // loads the classes
    }
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (int count : counts) {
      message.setIntLE(offset, count);
      long before = threads.getCurrentThreadAllocatedBytes();
      refuses(WireFormat.LATEST, message);
      assertThat(threads.getCurrentThreadAllocatedBytes() - before)
          .as("bytes allocated for count %#x", count)
          .isLessThan(1 << 16);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 7, 19, 54, 4095, 4097, 436207616, 1048576, -1, Integer.MIN_VALUE})
  void unknownOpcodeIsUnsupportedWhateverFollows(int opcode) {
    RequestHeader header = new RequestHeader(45, opcode, 2, 1, 0, 0, 0, 3);
    ByteBuf message = Unpooled.buffer();
    header.encode(message);
    message.writeZero(5);
    assertThat(decode(WireFormat.LATEST, message)).isEqualTo(new Unsupported(header));
  }

  private static void refuses(WireFormat format, ByteBuf message) {
    assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> decode(format, message));
  }

  private static FuseRequest decode(WireFormat format, ByteBuf message) {
    RequestFrame frame = RequestFrame.ofMessage(message);
    frame.frameMessage(message.readableBytes(), format);
    return RequestDecoder.decode(frame, format);
  }
}
