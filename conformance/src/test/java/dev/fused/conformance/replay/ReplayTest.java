package dev.fused.conformance.replay;

import static dev.fused.conformance.FakeServer.body;
import static dev.fused.conformance.FakeServer.message;
import static dev.fused.conformance.replay.Conversation.header;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.conformance.FakeServer;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.DirectoryBuffer;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.reply.Notification;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Statfs;
import dev.fused.server.capture.CaptureException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ReplayTest {
  private static final FileName NAME = FileName.of("name");
  private static final byte[] NOTHING = {};

  private final List<FuseRequest> received = new CopyOnWriteArrayList<>();

  /** A server that answers all but INIT from a script, and keeps what it was asked. */
  private FakeServer server(Function<FuseRequest, ReplyBody> script) {
    return answering(request -> List.of(message(0, request.unique(), body(script.apply(request)))));
  }

  private FakeServer answering(Function<FuseRequest, List<byte[]>> script) {
    return new FakeServer(
        request -> {
          received.add(request);
          return script.apply(request);
        });
  }

  private static Lookup lookup(long unique) {
    return new Lookup(header(Opcode.LOOKUP, unique, 1), NAME);
  }

  private static Getattr getattr(long unique, long nodeid) {
    return new Getattr(header(Opcode.GETATTR, unique, nodeid), 0, 0);
  }

  private static EntryOut entry(long nodeid, long ino) {
    return new EntryOut(nodeid, 0, 9, 9, 0, 0, Attributes.file(ino).build());
  }

  private static AttrOut attributes(Attributes attributes) {
    return new AttrOut(0, 0, attributes);
  }

  @Test
  void theSameRepliesAreNoDifference() throws IOException {
    Conversation capture =
        new Conversation()
            .asks(lookup(4))
            .gets(4, entry(10, 10))
            .asks(lookup(6))
            .gets(6, entry(10, 10));

    Outcome outcome = capture.with(server(_ -> entry(10, 10)));

    assertThat(outcome).isEqualTo(new Outcome(3, 3, 0, 0, 0, 0, 0, true, false));
    assertThat(capture.findings()).isEmpty();
  }

  /** The capture knows inode 10 with handle 7, this server inode 99 with handle 3. */
  @Test
  void requestsGetTheNumbersThatTheServerGaveOut() throws IOException {
    Conversation capture =
        new Conversation()
            .asks(lookup(4))
            .gets(4, entry(10, 1000))
            .asks(new Open(header(Opcode.OPEN, 6, 10), 0, 0))
            .gets(6, new OpenOut(7, 0, 0))
            .asks(new Read(header(Opcode.READ, 8, 10), 7, 0, 100, 0, 0, 0))
            .gets(8, "data".getBytes(US_ASCII))
            .asks(new Release(header(Opcode.RELEASE, 10, 10), 7, 0, 0, 0))
            .gets(10, NOTHING)
            .asks(getattr(12, 10))
            .gets(12, attributes(Attributes.file(1000).build()))
            .asks(new Forget(header(Opcode.FORGET, 14, 10), 1));

    Outcome outcome =
        capture.with(
            answering(
                request ->
                    switch (request) {
                      case Lookup r -> List.of(message(0, r.unique(), body(entry(99, 55))));
                      case Open r -> List.of(message(0, r.unique(), body(new OpenOut(3, 0, 0))));
                      case Read r -> List.of(message(0, r.unique(), "data".getBytes(US_ASCII)));
                      case Getattr r ->
                          List.of(
                              message(
                                  0, r.unique(), body(attributes(Attributes.file(55).build()))));
                      case Forget _ -> List.of();
                      default -> List.of(message(0, request.unique(), NOTHING));
                    }));

    assertThat(capture.findings()).isEmpty();
    assertThat(outcome.compared()).isEqualTo(6);
    assertThat(received.subList(1, 6)).extracting(FuseRequest::nodeid).containsOnly(99L);
    assertThat(((Read) received.get(2)).fh()).isEqualTo(3);
    assertThat(((Release) received.get(3)).fh()).isEqualTo(3);
  }

  @Test
  void theFirstReplyThatDiffersIsToldWithTheField() throws IOException {
    Attributes expected = Attributes.file(1).size(120).build();
    Conversation capture =
        new Conversation()
            .asks(getattr(4, 1))
            .gets(4, attributes(expected))
            .asks(getattr(6, 1))
            .gets(6, attributes(expected));

    Outcome outcome = capture.with(server(_ -> attributes(Attributes.file(1).size(121).build())));

    assertThat(outcome.differing()).isEqualTo(1);
    assertThat(outcome.complete()).isFalse();
    assertThat(capture.differences()).containsExactly(new Difference("attr.size", "120", "121"));
    assertThat(capture.findings().getFirst().toString())
        .startsWith("frame 4, ")
        .contains(
            "request   #4 GETATTR nodeid 1 uid 0 gid 0 pid 1",
            "(frame 3)",
            "expected  AttrOut[",
            "actual    AttrOut[",
            "differs   attr.size: expected 120, got 121");
  }

  @Test
  void anErrorInsteadOfSuccessIsADifference() throws IOException {
    Conversation capture = new Conversation().asks(lookup(4)).gets(4, Errno.ENOENT);

    capture.with(server(_ -> entry(10, 10)));

    assertThat(capture.differences()).extracting(Difference::field).containsExactly("error");
    assertThat(capture.differences().getFirst().expected()).contains("ENOENT");
  }

  @Test
  void aMissingNameIsNoError() throws IOException {
    Conversation capture = new Conversation().asks(lookup(4)).gets(4, entry(0, 0));

    capture.with(server(_ -> entry(10, 10)));

    assertThat(capture.differences().getFirst().toString())
        .isEqualTo("nodeid: expected 0, there is no such name, got 10, an inode");
  }

  @Test
  void dataDiffersAtAByte() throws IOException {
    Conversation capture =
        new Conversation()
            .asks(new Read(header(Opcode.READ, 4, 1), 0, 0, 100, 0, 0, 0))
            .gets(4, "abcdef".getBytes(US_ASCII));

    capture.with(
        answering(request -> List.of(message(0, request.unique(), "abcxef".getBytes(US_ASCII)))));

    assertThat(capture.differences())
        .containsExactly(new Difference("byte 3", "64 65 66", "78 65 66"));
  }

  @Test
  void anInodeThatTheKernelKnowsKeepsItsNodeid() throws IOException {
    Conversation capture =
        new Conversation()
            .asks(lookup(4))
            .gets(4, entry(10, 10))
            .asks(lookup(6))
            .gets(6, entry(10, 10));

    capture.with(server(request -> entry(request.unique(), 10)));

    assertThat(capture.differences())
        .containsExactly(new Difference("nodeid", "10, which is 4 in this replay", "6"));
  }

  @Test
  void aForgottenInodeMayGetAnotherNodeid() throws IOException {
    Conversation capture =
        new Conversation()
            .asks(lookup(4))
            .gets(4, entry(10, 10))
            .asks(new Forget(header(Opcode.FORGET, 6, 10), 1))
            .asks(lookup(8))
            .gets(8, entry(10, 10));

    capture.with(
        answering(
            request ->
                request instanceof Forget
                    ? List.of()
                    : List.of(
                        message(
                            0,
                            request.unique(),
                            body(entry(request.unique(), request.unique()))))));

    assertThat(capture.findings()).isEmpty();
  }

  @Test
  void twoInodesCannotHaveOneNodeid() throws IOException {
    Conversation capture =
        new Conversation()
            .asks(lookup(4))
            .gets(4, entry(10, 10))
            .asks(lookup(6))
            .gets(6, entry(11, 11));

    capture.with(server(_ -> entry(10, 10)));

    assertThat(capture.differences().getFirst())
        .isEqualTo(
            new Difference("nodeid", "11, an inode that the kernel does not know yet", "10"));
  }

  @Test
  void anInodeKeepsItsInodeNumber() throws IOException {
    Conversation capture =
        new Conversation()
            .asks(lookup(4))
            .gets(4, entry(10, 77))
            .asks(getattr(6, 10))
            .gets(6, attributes(Attributes.file(77).build()));

    capture.with(
        server(
            request ->
                request instanceof Lookup
                    ? entry(10, 500)
                    : attributes(Attributes.file(501).build())));

    assertThat(capture.differences())
        .containsExactly(new Difference("attr.ino", "77, which is 500 in this replay", "501"));
  }

  @Test
  void timesAreComparedOnlyIfTheyWereSet() throws IOException {
    Setattr set =
        new Setattr(
            header(Opcode.SETATTR, 4, 1), Setattr.MTIME, 0, 0, 0, 0, 111, 0, 0, 222, 0, 0, 0, 0);
    Attributes base = Attributes.file(1).build();
    Attributes captured =
        new Attributes(1, 0, 0, 5, 111, 6, 0, 222, 0, base.mode(), 1, 0, 0, 0, 0, 0);
    Attributes otherClock =
        new Attributes(1, 0, 0, 50, 111, 60, 1, 222, 1, base.mode(), 1, 0, 0, 0, 0, 0);
    Attributes wrong = new Attributes(1, 0, 0, 5, 111, 6, 0, 223, 0, base.mode(), 1, 0, 0, 0, 0, 0);

    Conversation same = new Conversation().asks(set).gets(4, attributes(captured));
    same.with(server(_ -> attributes(otherClock)));
    Conversation differs = new Conversation().asks(set).gets(4, attributes(captured));
    differs.with(server(_ -> attributes(wrong)));

    assertThat(same.findings()).isEmpty();
    assertThat(differs.differences())
        .containsExactly(
            new Difference("attr.mtime", "111.000000222, which was set", "111.000000223"));
  }

  @Test
  void whatIsFreeIsNotComparedWhatThereIsInAllIs() throws IOException {
    Statfs request = new Statfs(header(Opcode.STATFS, 4, 1));
    StatfsOut captured = new StatfsOut(100, 50, 50, 10, 5, 4096, 255, 4096);

    Conversation same = new Conversation().asks(request).gets(4, captured);
    same.with(server(_ -> new StatfsOut(100, 1, 2, 10, 3, 4096, 255, 4096)));
    Conversation differs = new Conversation().asks(request).gets(4, captured);
    differs.with(server(_ -> new StatfsOut(101, 50, 50, 10, 5, 4096, 255, 4096)));

    assertThat(same.findings()).isEmpty();
    assertThat(differs.differences()).containsExactly(new Difference("blocks", "100", "101"));
  }

  private static byte[] listing(long firstCookie, String... names) {
    ByteBuf out = Unpooled.buffer();
    DirectoryBuffer entries = new DirectoryBuffer(out, 4096, WireFormat.LATEST);
    long cookie = firstCookie;
    for (String name : names) {
      entries.add(FileName.of(name), 5, 8, cookie++);
    }
    return ByteBufUtil.getBytes(out);
  }

  private static Readdir readdir(long unique, long offset) {
    return new Readdir(header(Opcode.READDIR, unique, 1), 7, offset, 4096, 0, 0, 0);
  }

  @Test
  void positionsInDirectoriesAreThoseOfTheServer() throws IOException {
    Conversation capture =
        new Conversation()
            .asks(new Opendir(header(Opcode.OPENDIR, 4, 1), 0, 0))
            .gets(4, new OpenOut(7, 0, 0))
            .asks(readdir(6, 0))
            .gets(6, listing(1, "a", "b"))
            .asks(readdir(8, 2))
            .gets(8, NOTHING);

    capture.with(
        answering(
            request ->
                List.of(
                    switch (request) {
                      case Opendir r -> message(0, r.unique(), body(new OpenOut(8, 0, 0)));
                      case Readdir r when r.offset() == 0 ->
                          message(0, r.unique(), listing(500, "a", "b"));
                      default -> message(0, request.unique(), NOTHING);
                    })));

    assertThat(capture.findings()).isEmpty();
    Readdir second = (Readdir) received.getLast();
    assertThat(second.offset()).isEqualTo(501);
    assertThat(second.fh()).isEqualTo(8);
  }

  @Test
  void anotherOrderOfNamesIsToldAsSuch() throws IOException {
    Conversation capture = new Conversation().asks(readdir(4, 0)).gets(4, listing(1, "a", "b"));

    capture.with(answering(request -> List.of(message(0, request.unique(), listing(1, "b", "a")))));

    assertThat(capture.differences())
        .containsExactly(
            new Difference("entry 0", "\"a\"", "\"b\"; the names are the same, in another order"));
  }

  @Test
  void aNameMoreOrLessIsTold() throws IOException {
    Conversation more = new Conversation().asks(readdir(4, 0)).gets(4, listing(1, "a"));
    more.with(answering(r -> List.of(message(0, r.unique(), listing(1, "a", "b")))));
    Conversation less = new Conversation().asks(readdir(4, 0)).gets(4, listing(1, "a", "b"));
    less.with(answering(r -> List.of(message(0, r.unique(), listing(1, "a")))));

    assertThat(more.differences())
        .containsExactly(new Difference("entry 1", "the end of the listing", "\"b\""));
    assertThat(less.differences())
        .containsExactly(new Difference("entry 1", "\"b\"", "the end of the listing"));
  }

  /** The lock is granted by what comes after it in the capture. */
  @Test
  void aRequestThatBlocksDoesNotHoldTheNextOnes() throws IOException {
    FileLock lock = new FileLock(0, 9, FileLock.WRITE, 1);
    AttrOut root = attributes(Attributes.directory(1).build());
    Conversation capture =
        new Conversation()
            .asks(new Setlkw(header(Opcode.SETLKW, 4, 1), 0, 8, lock, 0))
            .asks(getattr(6, 1))
            .gets(6, root)
            .gets(4, NOTHING);

    Outcome outcome =
        capture.with(
            answering(
                request ->
                    request instanceof Setlkw
                        ? List.of()
                        : List.of(message(0, 6, body(root)), message(0, 4, NOTHING))));

    assertThat(capture.findings()).isEmpty();
    assertThat(outcome.compared()).isEqualTo(3);
  }

  @Test
  void aReplyThatDoesNotComeIsADifference() throws IOException {
    Conversation capture = new Conversation().asks(lookup(4)).gets(4, Errno.ENOENT);

    capture.with(answering(_ -> List.of()));

    assertThat(capture.findings().getFirst().actual()).isEqualTo("none within 2000 ms");
  }

  @Test
  void aServerThatClosesIsADifference() throws IOException {
    Conversation capture = new Conversation().asks(lookup(4)).gets(4, Errno.ENOENT);

    capture.with(answering(_ -> null));

    assertThat(capture.findings().getFirst().actual()).startsWith("the server closed the device");
  }

  @Test
  void aMalformedReplyIsADifference() throws IOException {
    Conversation capture = new Conversation().asks(lookup(4)).gets(4, entry(10, 10));

    capture.with(answering(request -> List.of(message(0, request.unique(), new byte[20]))));

    assertThat(capture.findings().getFirst().actual()).startsWith("malformed: ");
  }

  /** Inode 10 is not there in this replay, and what is about it cannot be asked. */
  @Test
  void goingOnLeavesOutWhatDependsOnADifference() throws IOException {
    Conversation capture =
        new Conversation()
            .asks(lookup(4))
            .gets(4, entry(10, 10))
            .asks(getattr(6, 10))
            .gets(6, attributes(Attributes.file(10).build()))
            .asks(getattr(8, 1))
            .gets(8, attributes(Attributes.file(1).build()));

    Outcome outcome =
        capture.with(
            answering(
                request ->
                    request instanceof Lookup
                        ? List.of(message(-2, request.unique(), NOTHING))
                        : List.of(
                            message(
                                0,
                                request.unique(),
                                body(attributes(Attributes.file(1).size(1).build()))))),
            true);

    assertThat(outcome.skipped()).isEqualTo(1);
    assertThat(outcome.differing()).isEqualTo(2);
    assertThat(outcome.complete()).isTrue();
    assertThat(capture.findings()).extracting(Finding::replyFrame).containsExactly(4L, 8L);
  }

  @Test
  void notificationsOfTheServerAreTold() throws IOException {
    Conversation capture =
        new Conversation()
            .notifies(message(2, 0, new byte[24]))
            .asks(lookup(4))
            .gets(4, Errno.ENOENT);
    ByteBuf notification = Unpooled.buffer();
    new Notification.InvalInode(7, 0, 0).encode(notification);

    Outcome outcome =
        capture.with(
            answering(
                request ->
                    List.of(
                        ByteBufUtil.getBytes(notification),
                        message(-2, request.unique(), NOTHING))));

    assertThat(capture.findings()).isEmpty();
    assertThat(capture.notes())
        .containsExactly("the server notified: InvalInode[ino=7, off=0, len=0]");
    assertThat(outcome.notifications()).isEqualTo(1);
    assertThat(outcome.capturedNotifications()).isEqualTo(1);
  }

  /** FakeServer agrees on 7.45, no flags and max_write 4096. */
  @Test
  void initDiffersIfTheLayoutDoesOrWritesMayNotFit() throws IOException {
    long flags = InitFlag.ASYNC_READ.bit();
    Conversation told = new Conversation(new InitOut(7, 45, 0, flags, 9, 0, 4096, 1, 0, 0, 0, 0));
    told.with(answering(_ -> List.of()));
    Conversation older = new Conversation(new InitOut(7, 31, 0, 0, 0, 0, 4096, 1, 0, 0, 0, 0));
    older.with(answering(_ -> List.of()));
    Conversation larger = new Conversation(new InitOut(7, 45, 0, 0, 0, 0, 8192, 1, 0, 0, 0, 0));
    larger.with(answering(_ -> List.of()));

    assertThat(told.findings()).isEmpty();
    assertThat(told.notes())
        .containsExactly(
            "INIT: maxBackground: expected 9, got 0",
            "INIT: granted when captured, and not now: [ASYNC_READ]");
    assertThat(older.differences()).containsExactly(new Difference("version", "7.31", "7.45"));
    assertThat(larger.differences())
        .containsExactly(new Difference("maxWrite", "8192 or more", "4096"));
  }

  @Test
  void aReplyWithoutRequestIsDamage() throws IOException {
    Conversation capture = new Conversation().gets(4, NOTHING);

    assertThatThrownBy(() -> capture.with(answering(_ -> List.of())))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("packet 3: it answers request 4, which is not in the capture before");
  }

  @Test
  void anInodeThatNoReplyGaveIsDamage() throws IOException {
    Conversation capture = new Conversation().asks(getattr(4, 10));

    assertThatThrownBy(() -> capture.with(answering(_ -> List.of())))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("GETATTR is about nodeid 10, which no reply before has given");
  }

  @Test
  void aCapturedReplyThatIsCutShortIsDamage() throws IOException {
    Conversation capture = new Conversation().asks(getattr(4, 1)).gets(4, new byte[50]);
    List<byte[]> answers = new ArrayList<>();

    assertThatThrownBy(() -> capture.with(answering(_ -> answers)))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("the reply to #4 GETATTR")
        .hasMessageContaining("is malformed");
  }
}
