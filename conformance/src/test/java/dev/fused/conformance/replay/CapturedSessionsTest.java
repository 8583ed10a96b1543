package dev.fused.conformance.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.conformance.InProcessServer;
import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.capture.CaptureReader;
import dev.fused.server.capture.CaptureWriter;
import dev.fused.server.capture.CapturedFrame;
import dev.fused.server.capture.FrameKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The memory file system answers programs as it did when {@code it-tests/captures/make-captures}
 * captured them on a mount, and a replay finds every change.
 */
final class CapturedSessionsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Map<String, String> OPTIONS = Map.of("size", "64m", "inodes", "10k");

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final List<Finding> findings = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private static List<CapturedFrame> frames(String name) throws IOException {
    InputStream in =
        CapturedSessionsTest.class.getResourceAsStream("/captures/" + name + ".pcap.gz");
    assertThat(in).as("the capture " + name).isNotNull();
    List<CapturedFrame> frames = new ArrayList<>();
    try (CaptureReader reader = new CaptureReader(in, name)) {
      for (CapturedFrame frame = reader.next(); frame != null; frame = reader.next()) {
        frames.add(frame);
      }
      assertThat(reader.isCutShort()).isFalse();
    }
    return frames;
  }

  private Outcome replay(List<CapturedFrame> frames, boolean all) throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (CaptureWriter writer =
        new CaptureWriter(
            Channels.newChannel(file), "capture", () -> Instant.ofEpochSecond(1_800_000_000))) {
      for (CapturedFrame frame : frames) {
        ByteBuf bytes = Unpooled.wrappedBuffer(frame.bytes());
        if (frame.kind() == FrameKind.REQUEST) {
          writer.request(0, bytes, Unpooled.EMPTY_BUFFER, Unpooled.EMPTY_BUFFER);
        } else {
          writer.reply(0, bytes);
        }
      }
    }
    FuseFileSystemProvider memory =
        ServiceLoader.load(FuseFileSystemProvider.class).findFirst().orElseThrow();
    InProcessServer server = new InProcessServer("memory", () -> memory.create(OPTIONS, now::get));
    Replay.Listener listener =
        new Replay.Listener() {
          @Override
          public void differs(Finding finding) {
            findings.add(finding);
          }

          @Override
          public void note(String note) {
            notes.add(note);
          }
        };
    try (CaptureReader reader =
            new CaptureReader(new ByteArrayInputStream(file.toByteArray()), "capture");
        Replay replay = Replay.start(reader, server, PATIENCE, listener, now::set)) {
      return replay.run(all);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"git", "sqlite"})
  void theMemoryFileSystemAnswersAsItDid(String name) throws IOException {
    List<CapturedFrame> frames = frames(name);

    Outcome outcome = replay(frames, true);

    assertThat(findings).isEmpty();
    assertThat(notes).isEmpty();
    assertThat(outcome.complete()).isTrue();
    assertThat(outcome.unanswered()).isZero();
    assertThat(outcome.requests() + outcome.compared()).isEqualTo(frames.size());
    assertThat(opcodes(frames)).contains(Opcode.CREATE, Opcode.WRITE, Opcode.READ, Opcode.SETATTR);
  }

  private static Set<Opcode> opcodes(List<CapturedFrame> frames) {
    Set<Opcode> opcodes = EnumSet.noneOf(Opcode.class);
    frames.stream()
        .filter(frame -> frame.kind() == FrameKind.REQUEST)
        .map(frame -> RequestHeader.decode(Unpooled.wrappedBuffer(frame.bytes())).opcode())
        .map(Opcode::of)
        .forEach(opcodes::add);
    return opcodes;
  }

  /** One byte of one reply in the middle of the session is changed. */
  @ParameterizedTest
  @CsvSource({
    "git,    READ,    20, byte 4",
    "git,    LOOKUP,  64, attr.size",
    "git,    GETATTR, 92, attr.mode",
    "git,    CREATE,  116, entry.attr.mode",
    "git,    READDIRPLUS, 168, entry 0",
    "sqlite, WRITE,   17, size",
    "sqlite, UNLINK,  4,  error",
    "sqlite, SETATTR, 40, attr.size"
  })
  void oneChangedByteIsFoundAndNothingElse(String name, Opcode opcode, int at, String field)
      throws IOException {
    List<CapturedFrame> frames = frames(name);
    int changed = replyInTheMiddle(frames, opcode, at);
    CapturedFrame frame = frames.get(changed);
    byte[] bytes = frame.bytes().clone();
    if (at == 4) { // another error, but still one
      bytes[4] = (byte) 0xfe;
      bytes[5] = bytes[6] = bytes[7] = (byte) 0xff;
    } else {
      bytes[at] ^= 1;
    }
    frames.set(
        changed,
        new CapturedFrame(
            frame.number(), frame.offset(), frame.time(), frame.kind(), frame.channel(), bytes));

    Outcome outcome = replay(frames, true);

    assertThat(findings).hasSize(1);
    Finding finding = findings.getFirst();
    assertThat(finding.replyFrame()).isEqualTo(changed + 1L);
    assertThat(finding.request()).contains(opcode.name());
    assertThat(finding.differences())
        .singleElement()
        .extracting(Difference::field)
        .isEqualTo(field);
    assertThat(outcome.complete()).isTrue();
  }

  /** The index of a successful reply to such a request that has the byte. */
  private static int replyInTheMiddle(List<CapturedFrame> frames, Opcode opcode, int at) {
    Map<Long, Opcode> asked = new HashMap<>();
    List<Integer> replies = new ArrayList<>();
    for (int i = 0; i < frames.size(); i++) {
      ByteBuf bytes = Unpooled.wrappedBuffer(frames.get(i).bytes());
      long unique = bytes.getLongLE(8);
      if (frames.get(i).kind() == FrameKind.REQUEST) {
        asked.put(unique, Opcode.of(bytes.getIntLE(4)));
      } else if (asked.get(unique) == opcode
          && bytes.getIntLE(4) == 0
          && bytes.readableBytes() > Math.max(at, opcode == Opcode.LOOKUP ? 143 : 0)
          && (opcode != Opcode.LOOKUP || bytes.getLongLE(16) != 0)) {
        replies.add(i);
      }
    }
    assertThat(replies).as("replies to %s in the capture", opcode).isNotEmpty();
    return replies.get(replies.size() / 2);
  }
}
