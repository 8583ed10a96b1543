package dev.fused.server.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptureReaderTest {
  private static final Instant TIME = Instant.ofEpochSecond(1_700_000_000, 123_456_789);

  private byte[] file;

  /** Two messages of 40 and 16 bytes: the second packet begins at byte 24 + 16 + 8 + 40 = 88. */
  @BeforeEach
  void write() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (CaptureWriter writer =
        new CaptureWriter(Channels.newChannel(out), "it", InstantSource.fixed(TIME))) {
      writer.request(0, message(40), Unpooled.EMPTY_BUFFER, Unpooled.EMPTY_BUFFER);
      writer.reply(0, message(16));
    }
    file = out.toByteArray();
  }

  private static ByteBuf message(int length) {
    return Unpooled.buffer().writeIntLE(length).writeZero(length - 4);
  }

  private static List<CapturedFrame> read(byte[] bytes) throws IOException {
    List<CapturedFrame> frames = new ArrayList<>();
    try (CaptureReader reader = new CaptureReader(new ByteArrayInputStream(bytes), "FILE")) {
      for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
        frames.add(frame);
      }
    }
    return frames;
  }

  @Test
  void framesHaveNumberPlaceTimeAndDirection() throws IOException {
    List<CapturedFrame> frames = read(file);

    assertThat(frames).hasSize(2).extracting(CapturedFrame::number).containsExactly(1L, 2L);
    assertThat(frames).extracting(CapturedFrame::offset).containsExactly(24L, 88L);
    assertThat(frames).extracting(CapturedFrame::time).containsOnly(TIME);
    assertThat(frames)
        .extracting(CapturedFrame::kind)
        .containsExactly(FrameKind.REQUEST, FrameKind.REPLY);
    assertThat(frames.getFirst().bytes()).hasSize(40);
  }

  @Test
  void aCompressedFileIsRead() throws IOException {
    assertThat(read(gzip(file))).hasSize(2);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  /** As editcap and the like may write it. */
  @Test
  void theOtherByteOrderAndMicrosecondsAreRead() throws IOException {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer out = ByteBuffer.allocate(file.length);
    out.putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0);
    out.putInt(262_144).putInt(147);
    int at = 24;
    while (at < file.length) {
      int length = in.getInt(at + 8);
      out.putInt(in.getInt(at)).putInt(123_456).putInt(length).putInt(length);
      out.put(file, at + 16, length);
      at += 16 + length;
    }

    List<CapturedFrame> frames = read(out.array());

    assertThat(frames).hasSize(2);
    assertThat(frames.getFirst().time()).isEqualTo(TIME.minusNanos(789));
  }

  /** A server that is killed leaves a file that ends anywhere. */
  @Test
  void aFileThatEndsAnywhereHasTheMessagesThatAreWhole() throws IOException {
    for (int length = 24; length < file.length; length++) {
      CaptureReader reader = new CaptureReader(new ByteArrayInputStream(file, 0, length), "FILE");
      int frames = 0;
      while (reader.next() != null) {
        frames++;
      }
      assertThat(frames).isEqualTo(length < 88 ? 0 : 1);
      assertThat(reader.isCutShort())
          .as("%d bytes", length)
          .isEqualTo(length != 24 && length != 88);
      assertThat(reader.offset()).isEqualTo(length < 88 ? 24 : 88);
    }
  }

  @Test
  void aCompressedFileThatEndsTooEarlyIsCutShort() throws IOException {
    byte[] zipped = gzip(file);
    CaptureReader reader =
        new CaptureReader(new ByteArrayInputStream(zipped, 0, zipped.length - 8), "FILE");
    while (reader.next() != null) {
      // To the end.
    }

    assertThat(reader.isCutShort()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0  | 7f454c46 | byte 0: this is no pcap file: it begins with the bytes 7f 45 4c 46
          0  | 0a0d0d0a | byte 0: this is a pcapng file; convert it: editcap -F nsecpcap FILE OUTPUT
          4  | 03000000 | byte 4: the version of the pcap format is 3, expected 2
          20 | 01000000 | byte 20: the link type is 1, expected 147 (USER0)
          28 | ffffffff | byte 28: the time of packet 1 has 4294967295 ns
          32 | 01000400 | byte 32: packet 1 says that it has 262145 bytes
          32 | 2f000000 | byte 32: 47 of the 48 bytes of packet 1 were kept
          40 | 02000000 | byte 40: the head of packet 1 has version 2, but only 1 is known
          40 | 01030000 | byte 41: packet 1 is of the unknown kind 3
          40 | 01000200 | byte 42: packet 1 has the unknown flags 0x2
          40 | 01000100 | byte 88: packet 2 goes on with a message, but is of another kind
          48 | 29000000 | byte 24: the message of packet 1 has 40 bytes, but says that it has 41
          """)
  void damageIsASentenceWithTheByte(int at, String hex, String sentence) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    System.arraycopy(bytes, 0, file, at, bytes.length);

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(CaptureException.class)
        .hasMessageStartingWith("FILE: " + sentence);
  }

  @Test
  void aPacketWithoutMessageIsDamage() {
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(32, 8).putInt(36, 8);

    assertThatThrownBy(() -> read(file))
        .hasMessageContaining("byte 32: packet 1 says that it has 8");
  }

  @Test
  void anEmptyFileIsNoCapture() {
    assertThatThrownBy(() -> read(new byte[0]))
        .isInstanceOf(CaptureException.class)
        .hasMessageStartingWith("FILE: byte 0: the file has 0 bytes");
  }

  @Test
  void damagedCompressedDataIsASentence() throws IOException {
    byte[] zipped = gzip(file);
    zipped[zipped.length - 8] ^= 1; // the check sum

    assertThatThrownBy(() -> read(zipped))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("the compressed data is damaged");
    byte[] header = Arrays.copyOf(zipped, 5);
    assertThatThrownBy(() -> read(header)).isInstanceOf(CaptureException.class);
  }

  /** Whatever the bytes are: frames, or one kind of exception. */
  @Test
  void noDamageIsAnythingButACaptureException() {
    RandomGenerator random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = file.clone();
      for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      Consumer<byte[]> reading =
          bytes -> {
            try {
              read(bytes);
            } catch (CaptureException e) {
              assertThat(e).hasMessageStartingWith("FILE: byte ");
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          };
      reading.accept(damaged);
    }
  }
}
