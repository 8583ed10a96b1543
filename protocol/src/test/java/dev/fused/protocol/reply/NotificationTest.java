package dev.fused.protocol.reply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.fused.protocol.FileName;
import dev.fused.protocol.Hex;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.reply.Notification.Delete;
import dev.fused.protocol.reply.Notification.IncEpoch;
import dev.fused.protocol.reply.Notification.InvalEntry;
import dev.fused.protocol.reply.Notification.InvalInode;
import dev.fused.protocol.reply.Notification.PollWakeup;
import dev.fused.protocol.reply.Notification.Prune;
import dev.fused.protocol.reply.Notification.Resend;
import dev.fused.protocol.reply.Notification.Retrieve;
import dev.fused.protocol.reply.Notification.Store;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NotificationTest {
  /** Each notification and its whole message. */
  static Stream<Arguments> goldens() {
    return Stream.of(
        Arguments.of(
            new PollWakeup(0x0102030405060708L),
            """
            18 00 00 00 01 00 00 00   # len, code
            00 00 00 00 00 00 00 00   # unique 0
            08 07 06 05 04 03 02 01   # kh
            """),
        Arguments.of(
            new InvalInode(5, -1, 4096),
            """
            28 00 00 00 02 00 00 00   # len, code
            00 00 00 00 00 00 00 00   # unique 0
            05 00 00 00 00 00 00 00   # ino
            ff ff ff ff ff ff ff ff   # off
            00 10 00 00 00 00 00 00   # len
            """),
        Arguments.of(
            new InvalEntry(5, InvalEntry.EXPIRE_ONLY, FileName.of("hello")),
            """
            26 00 00 00 03 00 00 00   # len, code
            00 00 00 00 00 00 00 00   # unique 0
            05 00 00 00 00 00 00 00   # parent
            05 00 00 00 01 00 00 00   # namelen, flags
            68 65 6c 6c 6f 00         # "hello"
            """),
        Arguments.of(
            new Store(5, 4096, Hex.buffer("61 62 63")),
            """
            2b 00 00 00 04 00 00 00   # len, code
            00 00 00 00 00 00 00 00   # unique 0
            05 00 00 00 00 00 00 00   # nodeid
            00 10 00 00 00 00 00 00   # offset
            03 00 00 00 00 00 00 00   # size, padding
            61 62 63                  # data
            """),
        Arguments.of(
            new Retrieve(0x1122, 5, 4096, 8192),
            """
            30 00 00 00 05 00 00 00   # len, code
            00 00 00 00 00 00 00 00   # unique 0
            22 11 00 00 00 00 00 00   # notify_unique
            05 00 00 00 00 00 00 00   # nodeid
            00 10 00 00 00 00 00 00   # offset
            00 20 00 00 00 00 00 00   # size, padding
            """),
        Arguments.of(
            new Delete(5, 6, FileName.of("hello")),
            """
            2e 00 00 00 06 00 00 00   # len, code
            00 00 00 00 00 00 00 00   # unique 0
            05 00 00 00 00 00 00 00   # parent
            06 00 00 00 00 00 00 00   # child
            05 00 00 00 00 00 00 00   # namelen, padding
            68 65 6c 6c 6f 00         # "hello"
            """),
        Arguments.of(
            new Resend(),
            """
            10 00 00 00 07 00 00 00   # len, code
            00 00 00 00 00 00 00 00   # unique 0
            """),
        Arguments.of(
            new IncEpoch(),
            """
            10 00 00 00 08 00 00 00   # len, code
            00 00 00 00 00 00 00 00   # unique 0
            """),
        Arguments.of(
            new Prune(List.of(5L, 6L)),
            """
            30 00 00 00 09 00 00 00   # len, code
            00 00 00 00 00 00 00 00   # unique 0
            02 00 00 00 00 00 00 00   # count, padding
            00 00 00 00 00 00 00 00   # spare
            05 00 00 00 00 00 00 00   # nodeid
            06 00 00 00 00 00 00 00   # nodeid
            """));
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void notificationEncodesToItsMessage(Notification notification, String rows) {
    ByteBuf out = Unpooled.buffer();
    notification.encode(out);
    assertThat(Hex.of(out)).isEqualTo(Hex.of(Hex.bytes(rows)));
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void messageDecodesToItsNotification(Notification notification, String rows) {
    ByteBuf in = Hex.buffer(rows);
    ReplyHeader header = ReplyHeader.decode(in);
    assertThat(header.unique()).isZero();
    assertThat(Notification.decode(header.error(), in)).isEqualTo(notification);
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void everyOtherLengthIsRefused(Notification notification, String rows) {
    ByteBuf body = Hex.buffer(rows).skipBytes(ReplyHeader.SIZE);
    int length = body.readableBytes();
    for (int prefix = 0; prefix < length; prefix++) {
      refuses(notification.code(), body.slice(body.readerIndex(), prefix));
    }
    ByteBuf longer = Unpooled.buffer().writeBytes(body.duplicate()).writeByte(1);
    refuses(notification.code(), longer);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, -1})
  void unknownCodeIsRefused(int code) {
    refuses(code, Unpooled.EMPTY_BUFFER);
  }

  /** 0x20000000 × 8 bytes is 0 in 32 bits. */
  @ParameterizedTest
  @ValueSource(ints = {1, -1, 0x7fffffff, 0x20000000})
  void pruneWithoutItsNodeidsIsRefused(int count) {
    refuses(9, Unpooled.buffer().writeIntLE(count).writeZero(12));
  }

  @Test
  void nameThatDoesNotEndWithNulIsRefused() {
    refuses(
        3,
        Hex.buffer(
            """
            05 00 00 00 00 00 00 00   # parent
            01 00 00 00 00 00 00 00   # namelen, flags
            61 62                     # "a" and no NUL
            """));
  }

  private static void refuses(int code, ByteBuf body) {
    assertThatExceptionOfType(ProtocolException.class)
        .as("code %d, %d bytes", code, body.readableBytes())
        .isThrownBy(() -> Notification.decode(code, body));
  }
}
