package dev.fused.conformance.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.request.BatchForget;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.CopyFileRange64;
import dev.fused.protocol.request.Fallocate;
import dev.fused.protocol.request.Flush;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.Fsync;
import dev.fused.protocol.request.Fsyncdir;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getlk;
import dev.fused.protocol.request.Interrupt;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.Link;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Lseek;
import dev.fused.protocol.request.Poll;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.Rename;
import dev.fused.protocol.request.Rename2;
import dev.fused.protocol.request.RequestEncoder;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Statx;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RequestRewriterTest {
  private static final FileName NAME = FileName.of("name");
  private static final FileLock LOCK = new FileLock(0, 9, FileLock.WRITE, 7);

  /** What one side calls two inodes, a handle of each, and a position in the first. */
  record Names(long nodeid, long other, long fh, long otherFh, long cookie) {}

  private static final Names CAPTURED = new Names(10, 11, 7, 8, 55);
  private static final Names ACTUAL = new Names(110, 111, 207, 208, 355);

  private final KnownInodes inodes = new KnownInodes();
  private final KnownHandles handles = new KnownHandles();
  private final RequestRewriter rewriter = new RequestRewriter(inodes, handles);

  @BeforeEach
  void learn() {
    List<Difference> none = new ArrayList<>();
    inodes.lookedUp(entry(CAPTURED.nodeid), entry(ACTUAL.nodeid), "", none);
    inodes.lookedUp(entry(CAPTURED.other), entry(ACTUAL.other), "", none);
    handles.opened(CAPTURED.nodeid, CAPTURED.fh, ACTUAL.fh);
    handles.opened(CAPTURED.other, CAPTURED.otherFh, ACTUAL.otherFh);
    handles.listed(CAPTURED.nodeid, CAPTURED.cookie, ACTUAL.cookie);
    assertThat(none).isEmpty();
  }

  private static EntryOut entry(long nodeid) {
    return new EntryOut(nodeid, 0, 0, 0, 0, 0, Attributes.file(nodeid).build());
  }

  private static RequestHeader header(Opcode opcode, long nodeid) {
    return RequestHeader.of(opcode, 4, nodeid, 1, 2, 3);
  }

  /** Every request that holds a number which servers give out. */
  private static List<FuseRequest> requests(Names n) {
    ByteBuf data = Unpooled.wrappedBuffer(new byte[] {7, 8, 10, 11});
    return List.of(
        new Lookup(header(Opcode.LOOKUP, n.nodeid), NAME),
        new Forget(header(Opcode.FORGET, n.nodeid), 10),
        new BatchForget(
            header(Opcode.BATCH_FORGET, 0),
            List.of(
                new BatchForget.ForgetOne(n.nodeid, 11), new BatchForget.ForgetOne(n.other, 10))),
        new Getattr(header(Opcode.GETATTR, n.nodeid), Getattr.FH, n.fh),
        new Statx(header(Opcode.STATX, n.nodeid), Getattr.FH, n.fh, 0, 7),
        new Setattr(
            header(Opcode.SETATTR, n.nodeid),
            Setattr.FH | Setattr.SIZE,
            n.fh,
            10,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0),
        new Rename(header(Opcode.RENAME, n.nodeid), n.other, NAME, NAME),
        new Rename2(header(Opcode.RENAME2, n.nodeid), n.other, 7, NAME, NAME),
        new Link(header(Opcode.LINK, n.nodeid), n.other, NAME),
        new Read(header(Opcode.READ, n.nodeid), n.fh, 55, 10, 0, 7, 0),
        new Write(header(Opcode.WRITE, n.nodeid), n.fh, 55, 4, 0, 7, 0, data),
        new Release(header(Opcode.RELEASE, n.nodeid), n.fh, 10, 0, 7),
        new Fsync(header(Opcode.FSYNC, n.nodeid), n.fh, 1),
        new Flush(header(Opcode.FLUSH, n.nodeid), n.fh, 7),
        new Readdir(header(Opcode.READDIR, n.nodeid), n.fh, n.cookie, 10, 0, 7, 0),
        new Readdirplus(header(Opcode.READDIRPLUS, n.nodeid), n.fh, n.cookie, 10, 0, 7, 0),
        new Releasedir(header(Opcode.RELEASEDIR, n.nodeid), n.fh, 10, 0, 7),
        new Fsyncdir(header(Opcode.FSYNCDIR, n.nodeid), n.fh, 1),
        new Getlk(header(Opcode.GETLK, n.nodeid), n.fh, 7, LOCK, 0),
        new Setlk(header(Opcode.SETLK, n.nodeid), n.fh, 7, LOCK, 0),
        new Setlkw(header(Opcode.SETLKW, n.nodeid), n.fh, 7, LOCK, 0),
        new Ioctl(header(Opcode.IOCTL, n.nodeid), n.fh, 0, 7, 10, 4, 0, data),
        new Poll(header(Opcode.POLL, n.nodeid), n.fh, 7, 0, 1),
        new Fallocate(header(Opcode.FALLOCATE, n.nodeid), n.fh, 10, 11, 0),
        new Lseek(header(Opcode.LSEEK, n.nodeid), n.fh, 55, 3),
        new CopyFileRange(
            header(Opcode.COPY_FILE_RANGE, n.nodeid), n.fh, 10, n.other, n.otherFh, 11, 7, 0),
        new CopyFileRange64(
            header(Opcode.COPY_FILE_RANGE_64, n.nodeid), n.fh, 10, n.other, n.otherFh, 11, 7, 0),
        new Interrupt(header(Opcode.INTERRUPT, 0), 10));
  }

  record Case(FuseRequest captured, FuseRequest expected) {
    @Override
    public String toString() {
      return captured.opcode().name();
    }
  }

  static Stream<Case> cases() {
    List<FuseRequest> captured = requests(CAPTURED);
    List<FuseRequest> expected = requests(ACTUAL);
    List<Case> cases = new ArrayList<>();
    for (int i = 0; i < captured.size(); i++) {
      cases.add(new Case(captured.get(i), expected.get(i)));
    }
    return cases.stream();
  }

  private static byte[] bytes(FuseRequest request) {
    ByteBuf message = Unpooled.buffer();
    RequestEncoder.encode(request, message, WireFormat.LATEST);
    return ByteBufUtil.getBytes(message);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theServersNumbersAreReplacedAndNothingElse(Case example) throws Exception {
    byte[] captured = bytes(example.captured);

    byte[] rewritten = rewriter.rewrite(example.captured.opcode(), captured);

    assertThat(rewritten).isEqualTo(bytes(example.expected));
    assertThat(captured).isEqualTo(bytes(example.captured));
  }

  @Test
  void aHandleThatWasNeverOpenedStaysAsItIs() throws Exception {
    FuseRequest read = new Read(header(Opcode.READ, 1), 99, 0, 1, 0, 0, 0);

    assertThat(rewriter.rewrite(Opcode.READ, bytes(read))).isEqualTo(bytes(read));
  }

  @Test
  void anInodeThatNobodyKnowsIsSaid() {
    byte[] lookup = bytes(new Lookup(header(Opcode.LOOKUP, 77), NAME));

    assertThatThrownBy(() -> rewriter.rewrite(Opcode.LOOKUP, lookup))
        .isInstanceOf(RequestRewriter.UnknownInode.class)
        .hasMessage("nodeid 77");
  }

  /** The captured server did not tell them apart. */
  @Test
  void handlesWithOneNumberAreTakenInTheOrderInWhichTheyWereOpened() {
    handles.opened(10, 0, 500);
    handles.opened(10, 0, 501);

    assertThat(handles.handle(10, 0)).isEqualTo(500);
    handles.released(10, 0);
    assertThat(handles.handle(10, 0)).isEqualTo(501);
    handles.released(10, 0);
    assertThat(handles.handle(10, 0)).isZero();
  }
}
