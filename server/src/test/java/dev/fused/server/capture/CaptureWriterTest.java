package dev.fused.server.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.ReplyHeader;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Statfs;
import dev.fused.server.pipeline.Logged;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureWriterTest {
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.ofEpochSecond(0x6553f100L, 0x0102_0304));

  @TempDir Path directory;

  private final ByteArrayOutputStream file = new ByteArrayOutputStream();

  private CaptureWriter writer() throws IOException {
    return new CaptureWriter(Channels.newChannel(file), "the file", CLOCK);
  }

  @Test
  void theFileIsAPcapFileOfHeadsAndMessages() throws IOException {
    try (CaptureWriter writer = writer()) {
      assertThat(writer.newChannel()).isZero();
      assertThat(writer.newChannel()).isEqualTo(1);
      writer.request(1, bytes("2a000000 01000000"), bytes(""), bytes("6162"));
      writer.reply(1, bytes("10000000"), bytes("fe"), bytes("ffffff"));
      writer.notification(bytes("20"));
    }

    assertThat(HexFormat.of().formatHex(file.toByteArray()))
        .isEqualTo(
            hex(
                """
                4d3cb2a1 0200 0400            magic of nanoseconds, version 2.4
                00000000 00000000             UTC, no accuracy
                00000400 93000000             262144, LINKTYPE_USER0

                00f15365 04030201             seconds, nanoseconds
                12000000 12000000             18 bytes here, 18 bytes there were
                01 00 0000 01000000           version 1, request, no flags, channel 1
                2a000000 01000000 6162

                00f15365 04030201
                10000000 10000000
                01 01 0000 01000000           reply
                10000000 fe ffffff

                00f15365 04030201
                09000000 09000000
                01 02 0000 ffffffff           notification
                20
                """));
  }

  /** The example of the document is what is written. */
  @Test
  void theDocumentShowsWhatIsWritten() throws IOException {
    Iterator<Instant> times =
        List.of(CLOCK.instant(), CLOCK.instant().plusNanos(44_081)).iterator();
    try (CaptureWriter writer =
        new CaptureWriter(Channels.newChannel(file), "the file", times::next)) {
      ByteBuf statfs = Unpooled.buffer();
      RequestEncoder.encode(
          new Statfs(RequestHeader.of(Opcode.STATFS, 4, 1, 1000, 100, 4242)),
          statfs,
          WireFormat.LATEST);
      writer.request(1, statfs, Unpooled.EMPTY_BUFFER, Unpooled.EMPTY_BUFFER);
      ByteBuf enosys = Unpooled.buffer();
      new ReplyHeader(ReplyHeader.SIZE, -Errno.ENOSYS.number(), 4).encode(enosys);
      writer.reply(1, enosys);
    }

    String document = Files.readString(Path.of("../docs/capture-format.md"));
    String example = document.substring(document.indexOf("    0000000 "));
    StringBuilder bytes = new StringBuilder();
    for (String line : example.lines().takeWhile(line -> line.startsWith("    00")).toList()) {
      bytes.append(line.strip().split("  +", -1)[0].substring(8).replace(" ", ""));
    }
    assertThat(HexFormat.of().formatHex(file.toByteArray())).isEqualTo(bytes.toString());
  }

  /** Comments follow after blanks. */
  private static String hex(String lines) {
    StringBuilder hex = new StringBuilder();
    for (String line : lines.lines().toList()) {
      hex.append(line.split("  +", -1)[0].replace(" ", ""));
    }
    return hex.toString();
  }

  private static ByteBuf bytes(String hex) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  @Test
  void aMessageThatIsTooLongForAPacketTakesSeveralAndIsReadAsOne() throws IOException {
    byte[] message = new byte[1 << 20];
    new Random(1).nextBytes(message);
    ByteBuf whole = Unpooled.wrappedBuffer(message);
    whole.setIntLE(0, message.length);
    try (CaptureWriter writer = writer()) {
      writer.reply(3, whole.slice(0, 17), whole.slice(17, 300_000), whole.slice(300_017, 748_559));
    }

    CaptureReader reader = reader();
    CapturedFrame frame = reader.next();
    assertThat(frame.bytes()).isEqualTo(message);
    assertThat(frame.channel()).isEqualTo(3);
    assertThat(frame.kind()).isEqualTo(FrameKind.REPLY);
    assertThat(frame.time()).isEqualTo(CLOCK.instant());
    assertThat(reader.next()).isNull();
    assertThat(reader.isCutShort()).isFalse();
    assertThat(file.size()).isEqualTo(24 + 5 * 24 + message.length);
  }

  @Test
  void theIndicesOfBuffersStayAsTheyAre() throws IOException {
    ByteBuf head = Unpooled.wrappedBuffer(new byte[32]).skipBytes(16);
    try (CaptureWriter writer = writer()) {
      writer.notification(head);
    }

    assertThat(head.readerIndex()).isEqualTo(16);
    assertThat(file.size()).isEqualTo(24 + 24 + 16);
  }

  @Test
  void onlyTheOwnerMayReadTheFileAlsoIfThereWasOne() throws IOException {
    Path path = Files.writeString(directory.resolve("capture"), "old");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw-rw-"));

    CaptureWriter.create(path).close();

    assertThat(Files.size(path)).isEqualTo(24);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
  }

  @Test
  void aPlaceThatCannotBeWrittenToIsASentence() {
    Path path = directory.resolve("missing/capture");

    assertThatThrownBy(() -> CaptureWriter.create(path))
        .hasMessage("cannot write the capture file " + path + ": NoSuchFile (" + path + ")");
  }

  @Test
  void aFullDiskIsToldOnceAndStopsTheCaptureAlone() throws IOException {
    try (Logged logged = new Logged("dev.fused.server.capture")) {
      WritableByteChannel full = new FullAfter(24);
      CaptureWriter writer = new CaptureWriter(full, "the file", CLOCK);
      ByteBuf large = Unpooled.wrappedBuffer(new byte[70_000]);
      writer.notification(large);
      writer.notification(large);
      writer.close();

      assertThat(logged.lines())
          .containsExactly(
              "WARN capturing to the file has stopped, and the mount goes on:"
                  + " No space left on device");
      assertThat(full.isOpen()).isFalse();
    }
  }

  @Test
  void aBrokenBufferStopsTheCaptureAndWhatCameBeforeIsThere() throws IOException {
    try (Logged logged = new Logged("dev.fused.server.capture")) {
      CaptureWriter writer = writer();
      writer.notification(bytes("10000000 01000000 00000000 00000000"));
      ByteBuf released = Unpooled.buffer(16).writeZero(16);
      released.release();
      writer.notification(released);
      writer.close();

      CaptureReader reader = reader();
      assertThat(reader.next()).isNotNull();
      assertThat(reader.next()).isNull();
      assertThat(logged.lines()).hasSize(1);
    }
  }

  private CaptureReader reader() throws IOException {
    return new CaptureReader(new ByteArrayInputStream(file.toByteArray()), "the file");
  }

  private static final class FullAfter implements WritableByteChannel {
    private int left;
    private boolean open = true;

    FullAfter(int bytes) {
      left = bytes;
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      if (bytes.remaining() > left) {
        throw new IOException("No space left on device");
      }
      int length = bytes.remaining();
      left -= length;
      bytes.position(bytes.limit());
      return length;
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }
  }
}
