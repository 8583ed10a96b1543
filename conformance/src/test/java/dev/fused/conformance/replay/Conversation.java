package dev.fused.conformance.replay;

import dev.fused.conformance.FakeServer;
import dev.fused.conformance.ServerUnderTest;
import dev.fused.protocol.Errno;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.capture.CaptureReader;
import dev.fused.server.capture.CaptureWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** A capture that a test writes message by message, after an INIT exchange of 7.45. */
final class Conversation {
  private static final byte[] NOTHING = {};

  private final ByteArrayOutputStream file = new ByteArrayOutputStream();
  private final CaptureWriter writer;
  private final List<Finding> findings = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  Conversation() throws IOException {
    this(new InitOut(7, 45, 0, 0, 0, 0, 4096, 1, 0, 0, 0, 0));
  }

  Conversation(InitOut agreed) throws IOException {
    writer = new CaptureWriter(Channels.newChannel(file), "capture", InstantSource.system());
    long offered = InitFlag.ASYNC_READ.bit();
    asks(new Init(header(Opcode.INIT, 2, 0), 7, 45, 0, offered)).gets(2, agreed);
  }

  static RequestHeader header(Opcode opcode, long unique, long nodeid) {
    return RequestHeader.of(opcode, unique, nodeid, 0, 0, 1);
  }

  Conversation asks(FuseRequest request) {
    ByteBuf message = Unpooled.buffer();
    RequestEncoder.encode(request, message, WireFormat.INITIAL);
    writer.request(0, message, Unpooled.EMPTY_BUFFER, Unpooled.EMPTY_BUFFER);
    return this;
  }

  Conversation gets(long unique, ReplyBody body) {
    return gets(unique, FakeServer.body(body));
  }

  Conversation gets(long unique, byte[] body) {
    writer.reply(0, Unpooled.wrappedBuffer(FakeServer.message(0, unique, body)));
    return this;
  }

  Conversation gets(long unique, Errno error) {
    writer.reply(0, Unpooled.wrappedBuffer(FakeServer.message(-error.number(), unique, NOTHING)));
    return this;
  }

  Conversation notifies(byte[] message) {
    writer.notification(Unpooled.wrappedBuffer(message));
    return this;
  }

  /** Replays it up to the first difference. */
  Outcome with(ServerUnderTest server) throws IOException {
    return with(server, false);
  }

  Outcome with(ServerUnderTest server, boolean all) throws IOException {
    writer.close();
    return replay(file.toByteArray(), server, Duration.ofSeconds(2), all, findings, notes);
  }

  static Outcome replay(
      byte[] capture,
      ServerUnderTest server,
      Duration patience,
      boolean all,
      List<Finding> findings,
      List<String> notes)
      throws IOException {
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
    try (CaptureReader reader = new CaptureReader(new ByteArrayInputStream(capture), "FILE");
        Replay replay = Replay.start(reader, server, patience, listener, _ -> {})) {
      return replay.run(all);
    }
  }

  List<Finding> findings() {
    return findings;
  }

  /** The differences of the only reply that differs. */
  List<Difference> differences() {
    if (findings.size() != 1) {
      throw new AssertionError("expected one finding, but got " + findings);
    }
    return findings.getFirst().differences();
  }

  List<String> notes() {
    return notes;
  }
}
