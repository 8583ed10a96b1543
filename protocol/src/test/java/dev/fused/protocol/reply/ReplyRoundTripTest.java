package dev.fused.protocol.reply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.fused.protocol.Hex;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.ProtocolException;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.RandomRecords;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Random replies; a failure names the seed, which {@code -Dfused.seed=…} repeats. */
class ReplyRoundTripTest {
  private static final int TIMES = 20;
  private static final long SEED = RandomRecords.seed();

  static Stream<GoldenReply> kindsOfReply() {
    return GoldenReply.all().filter(golden -> golden.format().equals(WireFormat.LATEST));
  }

  @ParameterizedTest
  @MethodSource("kindsOfReply")
  void decodingWhatWasEncodedIsTheIdentity(GoldenReply kind) {
    RandomRecords records = new RandomRecords(SEED);
    BiFunction<ByteBuf, WireFormat, ReplyBody> decoder = kind.decoder();
    for (int minor = ProtocolVersion.OLDEST.minor();
        minor <= ProtocolVersion.LATEST.minor();
        minor++) {
      WireFormat format = new WireFormat(minor, false);
      for (int i = 0; i < TIMES; i++) {
        ReplyBody body = next(records, kind.body(), format);
        ByteBuf bytes = Unpooled.buffer();
        body.encode(bytes, format);
        assertThat(decoder.apply(bytes, format)).as("seed %d, %s", SEED, format).isEqualTo(body);
        assertThat(bytes.readableBytes()).isZero();
      }
    }
  }

  private static ReplyBody next(RandomRecords records, ReplyBody kind, WireFormat format) {
    Record random = records.next(((Record) kind).getClass());
    return random instanceof InitOut init ? carried(init, format) : (ReplyBody) random;
  }

  /** INIT's reply without what the format does not carry. */
  private static InitOut carried(InitOut init, WireFormat format) {
    boolean isLong = !format.before(23);
    boolean flags2 = isLong && (init.flags() & InitFlag.INIT_EXT.bit()) != 0;
    return new InitOut(
        init.major(),
        init.minor(),
        init.maxReadahead(),
        flags2 ? init.flags() : init.flags() & 0xffffffffL,
        init.maxBackground(),
        init.congestionThreshold(),
        init.maxWrite(),
        isLong ? init.timeGran() : 0,
        isLong ? init.maxPages() : 0,
        isLong ? init.mapAlignment() : 0,
        isLong ? init.maxStackDepth() : 0,
        isLong ? init.requestTimeout() : 0);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        Notification.PollWakeup.class,
        Notification.InvalInode.class,
        Notification.InvalEntry.class,
        Notification.Store.class,
        Notification.Retrieve.class,
        Notification.Delete.class,
        Notification.Resend.class,
        Notification.IncEpoch.class,
        Notification.Prune.class
      })
  void notificationsAreReadAsTheyAreWritten(Class<? extends Record> type) {
    RandomRecords records = new RandomRecords(SEED);
    for (int i = 0; i < 200; i++) {
      Notification notification = (Notification) records.next(type);
      ByteBuf message = Unpooled.buffer();
      notification.encode(message);
      int length = message.readableBytes();
      ReplyHeader header = ReplyHeader.decode(message);
      assertThat(header).isEqualTo(new ReplyHeader(length, notification.code(), 0));
      assertThat(Notification.decode(header.error(), message))
          .as("seed %d", SEED)
          .isEqualTo(notification);
    }
  }

  /** What a damaged reply decodes to does not matter here: only that nothing else is thrown. */
  @ParameterizedTest
  @MethodSource("kindsOfReply")
  void damagedRepliesRaiseNothingButProtocolException(GoldenReply golden) {
    RandomRecords records = new RandomRecords(SEED);
    for (int i = 0; i < 2000; i++) {
      ByteBuf bytes = golden.bytes().copy();
      for (int flips = 1 + records.random().nextInt(4); flips > 0; flips--) {
        bytes.setByte(
            records.random().nextInt(bytes.readableBytes()), records.random().nextInt(256));
      }
      String shown = Hex.of(bytes);
      try {
        assertThat(golden.decoder().apply(bytes, golden.format())).isNotNull();
      } catch (ProtocolException e) {
        assertThat(e).hasMessageContaining("expected");
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ", " + shown, e);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 6, -1, Integer.MAX_VALUE, Integer.MIN_VALUE})
  void entryWhoseNameIsNotThereIsRefused(int namelen) {
    ByteBuf bytes = Unpooled.buffer().writeZero(16).writeIntLE(namelen).writeZero(9);
    assertThatExceptionOfType(ProtocolException.class)
        .isThrownBy(() -> Dirent.decode(bytes, WireFormat.LATEST))
        .withMessageContaining("namelen");
  }
}
