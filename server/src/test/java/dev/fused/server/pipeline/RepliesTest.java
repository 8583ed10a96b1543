package dev.fused.server.pipeline;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.OpenFlags;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.BmapOut;
import dev.fused.protocol.reply.CopyFileRangeOut;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.GetxattrOut;
import dev.fused.protocol.reply.IoctlIovec;
import dev.fused.protocol.reply.IoctlOut;
import dev.fused.protocol.reply.LkOut;
import dev.fused.protocol.reply.LseekOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.reply.PollOut;
import dev.fused.protocol.reply.ReplyBody;
import dev.fused.protocol.reply.StatfsOut;
import dev.fused.protocol.reply.Statx;
import dev.fused.protocol.reply.StatxOut;
import dev.fused.protocol.reply.WriteOut;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Ioctl;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.pipeline.EmbeddedKernel.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel reads of each type of reply. */
@ExtendWith(NoLeaks.class)
class RepliesTest {
  private static final CachePolicy CACHE =
      new CachePolicy(Duration.ofSeconds(3, 5), Duration.ofSeconds(4, 6));
  private static final Attributes FILE = Attributes.file(9).size(100).owner(1, 2).build();
  private static final EntryOut ENTRY = new EntryOut(9, 1, 3, 4, 5, 6, FILE);
  private static final long U32_MAX = 0xffff_ffffL;

  private final ScriptedFileSystem fileSystem = new ScriptedFileSystem();
  private final Logged logged = new Logged("dev.fused.server");
  private final EmbeddedKernel kernel = EmbeddedKernel.mount(fileSystem);

  @AfterEach
  void close() {
    kernel.close();
    logged.close();
  }

  /** The only structure of a successful answer, after which nothing follows. */
  private static <T extends ReplyBody> T decode(
      Answer answer, BiFunction<ByteBuf, WireFormat, T> decoder) {
    T body = decodeHead(answer, decoder);
    assertThat(answer.body().readableBytes()).as("bytes after the structure").isZero();
    return body;
  }

  private static <T extends ReplyBody> T decodeHead(
      Answer answer, BiFunction<ByteBuf, WireFormat, T> decoder) {
    assertThat(answer.error()).isNull();
    return decoder.apply(answer.body(), WireFormat.LATEST);
  }

  private static String text(Answer answer) {
    assertThat(answer.error()).isNull();
    return answer.body().toString(US_ASCII);
  }

  /** What the file system did wrong was said to it, and the caller got EIO. */
  private void assertRefused(Answer answer, String sentence) {
    assertThat(answer.error()).isEqualTo(Errno.EIO);
    assertThat(answer.body().readableBytes()).isZero();
    assertThat(logged.lines()).singleElement().asString().contains("the file system failed at");
    assertThat(refusals).singleElement().asString().isEqualTo(sentence);
  }

  private final List<String> refusals = new ArrayList<>();

  /** Notes what is thrown and lets it out, as a file system does. */
  private void noting(Runnable completion) {
    try {
      completion.run();
    } catch (RuntimeException e) {
      refusals.add(e.getMessage());
      throw e;
    }
  }

  @Test
  void statusRepliesAreAHeaderAlone() {
    fileSystem.unlink = (request, reply) -> reply.ok();

    Answer answer = kernel.ask(Opcode.UNLINK, 4);

    assertThat(answer.error()).isNull();
    assertThat(answer.body().readableBytes()).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {"LOOKUP", "MKNOD", "MKDIR", "SYMLINK", "LINK"})
  void entryRepliesCarryNodeidCacheTimesAndAttributes(Opcode opcode) {
    Consumer<EntryReply> entry = reply -> reply.entry(9, 1, FILE, CACHE);
    fileSystem.lookup = (request, reply) -> entry.accept(reply);
    fileSystem.mknod = (request, reply) -> entry.accept(reply);
    fileSystem.mkdir = (request, reply) -> entry.accept(reply);
    fileSystem.symlink = (request, reply) -> entry.accept(reply);
    fileSystem.link = (request, reply) -> entry.accept(reply);

    assertThat(decode(kernel.ask(opcode, 4), EntryOut::decode)).isEqualTo(ENTRY);
  }

  @Test
  void aMissingNameIsAnEntryWithoutNodeidThatMayBeRemembered() {
    fileSystem.lookup = (request, reply) -> reply.noEntry(CACHE);

    EntryOut entry = decode(kernel.ask(Opcode.LOOKUP, 4), EntryOut::decode);

    assertThat(entry.nodeid()).isZero();
    assertThat(entry.entryValid()).isEqualTo(3);
    assertThat(entry.entryValidNsec()).isEqualTo(5);
  }

  @Test
  void anEntryWithoutNodeidIsRefused() {
    fileSystem.lookup = (request, reply) -> noting(() -> reply.entry(0, 0, FILE, CACHE));

    assertRefused(kernel.ask(Opcode.LOOKUP, 4), "an entry needs a nodeid other than 0");
  }

  @Test
  void attributesCarryTheirCacheTime() {
    fileSystem.getattr = (request, reply) -> reply.attributes(FILE, CACHE);

    assertThat(decode(kernel.ask(Opcode.GETATTR, 4), AttrOut::decode))
        .isEqualTo(new AttrOut(4, 6, FILE));
  }

  @Test
  void timesThatNeverEndFitTheWire() {
    fileSystem.getattr = (request, reply) -> reply.attributes(FILE, CachePolicy.FOREVER);

    assertThat(decode(kernel.ask(Opcode.GETATTR, 4), AttrOut::decode).attrValid())
        .isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void statxCarriesItsCacheTime() {
    Statx statx = Statx.of(FILE);
    fileSystem.statx = (request, reply) -> reply.statx(statx, CACHE);

    assertThat(decode(kernel.ask(Opcode.STATX, 4), StatxOut::decode))
        .isEqualTo(new StatxOut(4, 6, 0, statx));
  }

  @Test
  void linkTargetsAreTheirBytesWithoutNul() {
    FileName target = FileName.of(new byte[] {'.', '/', (byte) 0xff});
    fileSystem.readlink = (request, reply) -> reply.target(target);

    Answer answer = kernel.ask(Opcode.READLINK, 4);

    assertThat(answer.error()).isNull();
    assertThat(FileName.read(answer.body(), answer.body().readableBytes())).isEqualTo(target);
  }

  @Test
  void aLinkTargetLongerThanAPathIsRefused() {
    fileSystem.readlink =
        (request, reply) -> noting(() -> reply.target(FileName.of("x".repeat(4096))));

    assertRefused(
        kernel.ask(Opcode.READLINK, 4),
        "length of the target must be between 0 and 4095, but is 4096");
  }

  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {"OPEN", "OPENDIR"})
  void openRepliesCarryHandleAndFlags(Opcode opcode) {
    OpenFlags flags = OpenFlags.KEEP_CACHE.and(OpenFlags.CACHE_DIR);
    fileSystem.open = (request, reply) -> reply.opened(-7, flags);
    fileSystem.opendir = (request, reply) -> reply.opened(-7, flags);

    assertThat(decode(kernel.ask(opcode, 4), OpenOut::decode)).isEqualTo(new OpenOut(-7, 0xa, 0));
  }

  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {"CREATE", "TMPFILE"})
  void createRepliesAreAnEntryAndAHandle(Opcode opcode) {
    fileSystem.create =
        (request, reply) -> reply.created(9, 1, FILE, CACHE, 7, OpenFlags.DIRECT_IO);
    fileSystem.tmpfile =
        (request, reply) -> reply.created(9, 1, FILE, CACHE, 7, OpenFlags.DIRECT_IO);

    assertThat(decode(kernel.ask(opcode, 4), CreateOut::decode))
        .isEqualTo(new CreateOut(ENTRY, new OpenOut(7, 1, 0)));
  }

  @Test
  void dataIsAllItsPiecesInOrder() {
    List<ByteBuf> pieces =
        List.of(
            Unpooled.directBuffer().writeBytes("direct ".getBytes(US_ASCII)),
            Unpooled.copiedBuffer("skip heap ", US_ASCII).skipBytes(5),
            Unpooled.EMPTY_BUFFER,
            Unpooled.wrappedBuffer(
                Unpooled.copiedBuffer("com", US_ASCII), Unpooled.copiedBuffer("posite", US_ASCII)));
    fileSystem.read = (request, reply) -> reply.data(pieces.toArray(ByteBuf[]::new));

    assertThat(text(kernel.ask(Opcode.READ, 4))).isEqualTo("direct heap composite");
    assertThat(pieces.getFirst().refCnt()).isZero();
    assertThat(pieces.getLast().refCnt()).isZero();
  }

  @Test
  void dataOfAllThatWasAskedForIsTaken() {
    fileSystem.read = (request, reply) -> reply.fill(request.size(), out -> out.writeZero(4096));

    assertThat(kernel.ask(Opcode.READ, 4).body().readableBytes()).isEqualTo(4096);
  }

  @Test
  void moreDataThanWasAskedForIsRefusedAndReleased() {
    ByteBuf first = Unpooled.directBuffer().writeZero(4096);
    ByteBuf second = Unpooled.directBuffer().writeZero(1);
    fileSystem.read = (request, reply) -> noting(() -> reply.data(first, second));

    assertRefused(
        kernel.ask(Opcode.READ, 4), "length of the data must be between 0 and 4096, but is 4097");
    assertThat(first.refCnt()).isZero();
    assertThat(second.refCnt()).isZero();
  }

  @Test
  void dataForAReplyThatIsCompleteIsReleased() {
    ByteBuf late = Unpooled.directBuffer().writeZero(1);
    fileSystem.read =
        (request, reply) -> {
          reply.error(Errno.ENXIO);
          assertThatThrownBy(() -> reply.data(late)).isInstanceOf(IllegalStateException.class);
          assertThatThrownBy(() -> reply.fill(1, out -> out.writeByte(0)))
              .isInstanceOf(IllegalStateException.class);
        };

    assertThat(kernel.ask(Opcode.READ, 4).error()).isEqualTo(Errno.ENXIO);
    assertThat(late.refCnt()).isZero();
    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void nothingIsTheEndOfTheFile() {
    fileSystem.read = (request, reply) -> reply.data();
    assertThat(text(kernel.ask(Opcode.READ, 4))).isEmpty();

    fileSystem.read =
        (request, reply) ->
            reply.fill(
                0,
                out -> {
                  throw new AssertionError("nothing to fill");
                });
    assertThat(text(kernel.ask(Opcode.READ, 6))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 5})
  void aFillerThatWritesAnotherLengthLeavesTheReplyOpen(int written) {
    fileSystem.read =
        (request, reply) -> {
          assertThatThrownBy(() -> reply.fill(4, out -> out.writeBytes(new byte[written])))
              .isInstanceOf(RuntimeException.class);
          assertThat(reply.isDone()).isFalse();
          reply.fill(4, out -> out.writeBytes("fine".getBytes(US_ASCII)));
        };

    assertThat(text(kernel.ask(Opcode.READ, 4))).isEqualTo("fine");
  }

  @Test
  void fillOfMoreThanWasAskedForIsRefused() {
    fileSystem.read = (request, reply) -> noting(() -> reply.fill(4097, out -> {}));

    assertRefused(
        kernel.ask(Opcode.READ, 4), "length of the data must be between 0 and 4096, but is 4097");
  }

  @Test
  void rangesStopAtTheEndOfTheFile() {
    byte[] file = "0123456789".getBytes(US_ASCII);
    assertThat(range(reply -> reply.range(file, 0, 4096))).isEqualTo("0123456789");
    assertThat(range(reply -> reply.range(file, 3, 4))).isEqualTo("3456");
    assertThat(range(reply -> reply.range(file, 8, 4096))).isEqualTo("89");
    assertThat(range(reply -> reply.range(file, 10, 4096))).isEmpty();
    assertThat(range(reply -> reply.range(file, Long.MAX_VALUE, 4096))).isEmpty();
  }

  private String range(Consumer<DataReply> range) {
    fileSystem.read = (request, reply) -> range.accept(reply);
    return text(kernel.ask(Opcode.READ, 4));
  }

  @Test
  void writeRepliesCarryTheCountOfBytesTaken() {
    fileSystem.write = (request, reply) -> reply.written(request.size() - 1);

    assertThat(decode(kernel.ask(Opcode.WRITE, 4), WriteOut::decode))
        .isEqualTo(new WriteOut(Requests.DATA.length() - 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 20})
  void moreWrittenThanWasGivenIsRefused(int count) {
    fileSystem.write = (request, reply) -> noting(() -> reply.written(count));

    assertRefused(
        kernel.ask(Opcode.WRITE, 4),
        "count of bytes written must be between 0 and 19, but is " + count);
  }

  @Test
  void statfsCarriesItsFigures() {
    StatfsOut figures = new StatfsOut(1, 2, 3, 4, 5, 4096, 255, 4096);
    fileSystem.statfs = (request, reply) -> reply.statfs(figures);

    assertThat(decode(kernel.ask(Opcode.STATFS, 4), StatfsOut::decode)).isEqualTo(figures);
  }

  private static Getxattr getxattr(int size) {
    return new Getxattr(Requests.header(Opcode.GETXATTR, 4), size, Requests.NAME);
  }

  @Test
  void anAttributeAnswersItsLengthItsValueOrErange() {
    fileSystem.getxattr = (request, reply) -> reply.value("value".getBytes(US_ASCII));

    assertThat(decode(kernel.ask(getxattr(0)), GetxattrOut::decode)).isEqualTo(new GetxattrOut(5));
    assertThat(text(kernel.ask(getxattr(5)))).isEqualTo("value");
    assertThat(text(kernel.ask(getxattr(4096)))).isEqualTo("value");
    assertThat(kernel.ask(getxattr(4)).error()).isEqualTo(Errno.ERANGE);
    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void anEmptyAttributeIsAnAnswerWithoutBytes() {
    fileSystem.getxattr = (request, reply) -> reply.value(new byte[0]);

    assertThat(decode(kernel.ask(getxattr(0)), GetxattrOut::decode)).isEqualTo(new GetxattrOut(0));
    assertThat(text(kernel.ask(getxattr(1)))).isEmpty();
  }

  @Test
  void namesOfAttributesEndWithNul() {
    fileSystem.listxattr =
        (request, reply) -> reply.names(List.of(FileName.of("user.a"), FileName.of("user.ü")));
    assertThat(kernel.ask(Opcode.LISTXATTR, 4).body().toString(UTF_8))
        .isEqualTo("user.a\0user.ü\0");

    fileSystem.listxattr = (request, reply) -> reply.names(List.of());
    assertThat(text(kernel.ask(Opcode.LISTXATTR, 6))).isEmpty();
  }

  @Test
  void getlkCarriesTheLockInTheWay() {
    FileLock lock = new FileLock(1, 2, FileLock.READ, 3);
    fileSystem.getlk = (request, reply) -> reply.lock(lock);

    assertThat(decode(kernel.ask(Opcode.GETLK, 4), LkOut::decode)).isEqualTo(new LkOut(lock));
  }

  @Test
  void bmapPollAndLseekCarryTheirNumber() {
    fileSystem.bmap = (request, reply) -> reply.block(1L << 40);
    fileSystem.poll = (request, reply) -> reply.ready(5);
    fileSystem.lseek = (request, reply) -> reply.offset(1L << 41);

    assertThat(decode(kernel.ask(Opcode.BMAP, 4), BmapOut::decode))
        .isEqualTo(new BmapOut(1L << 40));
    assertThat(decode(kernel.ask(Opcode.POLL, 6), PollOut::decode)).isEqualTo(new PollOut(5));
    assertThat(decode(kernel.ask(Opcode.LSEEK, 8), LseekOut::decode))
        .isEqualTo(new LseekOut(1L << 41));
  }

  @Test
  void ioctlCarriesResultAndOutput() {
    ByteBuf output = Unpooled.directBuffer().writeBytes("output".getBytes(US_ASCII));
    fileSystem.ioctl =
        (request, reply) -> {
          assertThat(request.data().toString(US_ASCII)).isEqualTo(Requests.DATA);
          reply.result(42, output);
        };

    Answer answer = kernel.ask(Opcode.IOCTL, 4);

    assertThat(decodeHead(answer, IoctlOut::decode)).isEqualTo(new IoctlOut(42, 0, 0, 0));
    assertThat(text(answer)).isEqualTo("output");
    assertThat(output.refCnt()).isZero();
  }

  @Test
  void ioctlOutputLongerThanAskedForIsRefusedAndReleased() {
    ByteBuf output = Unpooled.directBuffer().writeZero(65);
    fileSystem.ioctl = (request, reply) -> noting(() -> reply.result(0, output));

    assertRefused(
        kernel.ask(Opcode.IOCTL, 4), "length of the output must be between 0 and 64, but is 65");
    assertThat(output.refCnt()).isZero();
  }

  @Test
  void ioctlMayAskForOtherMemory() {
    IoctlIovec in = new IoctlIovec(0x1000, 8);
    IoctlIovec out = new IoctlIovec(0x2000, 16);
    fileSystem.ioctl = (request, reply) -> reply.retry(List.of(in), List.of(out, in));

    Answer answer = kernel.ask(ioctl(4, Ioctl.UNRESTRICTED));

    assertThat(decodeHead(answer, IoctlOut::decode)).isEqualTo(new IoctlOut(0, Ioctl.RETRY, 1, 2));
    assertThat(decodeHead(answer, IoctlIovec::decode)).isEqualTo(in);
    assertThat(decodeHead(answer, IoctlIovec::decode)).isEqualTo(out);
    assertThat(decode(answer, IoctlIovec::decode)).isEqualTo(in);
  }

  /** As a kernel does it: with nothing, then with what the command's structure points to. */
  @Test
  void anUnrestrictedIoctlComesAgainWithTheMemoryThatItAskedFor() {
    fileSystem.ioctl =
        (request, reply) -> {
          if (request.inSize() == 0) {
            reply.retry(List.of(new IoctlIovec(request.arg(), 3)), List.of());
          } else {
            reply.result(request.data().readableBytes(), Unpooled.EMPTY_BUFFER);
          }
        };
    Ioctl first = ioctl(4, Ioctl.UNRESTRICTED);

    assertThat(decodeHead(kernel.ask(first), IoctlOut::decode).flags()).isEqualTo(Ioctl.RETRY);
    ByteBuf data = Unpooled.copiedBuffer("abc", US_ASCII);
    Ioctl second = new Ioctl(first.header(), 7, Ioctl.UNRESTRICTED, 0x1234, 0x1000, 3, 0, data);
    assertThat(decode(kernel.ask(second), IoctlOut::decode)).isEqualTo(new IoctlOut(3, 0, 0, 0));
  }

  @Test
  void aRestrictedIoctlCannotAskForOtherMemory() {
    fileSystem.ioctl =
        (request, reply) -> {
          assertThatThrownBy(() -> reply.retry(List.of(), List.of()))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageStartingWith("the kernel takes no retry of a restricted ioctl: Ioctl[");
          reply.error(Errno.ENOTTY);
        };

    assertThat(kernel.ask(Opcode.IOCTL, 4).error()).isEqualTo(Errno.ENOTTY);
  }

  private static Ioctl ioctl(long unique, int flags) {
    RequestHeader header = Requests.header(Opcode.IOCTL, unique);
    return new Ioctl(header, 7, flags, 0x1234, 0x1000, 0, 0, Unpooled.EMPTY_BUFFER);
  }

  @Test
  void moreThan256PiecesOfMemoryAreRefused() {
    List<IoctlIovec> many = IntStream.range(0, 257).mapToObj(i -> new IoctlIovec(i, 1)).toList();
    fileSystem.ioctl = (request, reply) -> noting(() -> reply.retry(many, List.of()));

    assertRefused(
        kernel.ask(ioctl(4, Ioctl.UNRESTRICTED)),
        "count of iovecs must be between 0 and 256, but is 257");
  }

  @Test
  void copyFileRangeAnswersWith32BitsAndItsSuccessorWith64() {
    fileSystem.copyFileRange = (request, reply) -> reply.copied(U32_MAX);
    fileSystem.copyFileRange64 = (request, reply) -> reply.copied(U32_MAX + 1);

    assertThat(decode(kernel.ask(Opcode.COPY_FILE_RANGE, 4), WriteOut::decode))
        .isEqualTo(new WriteOut(-1));
    assertThat(decode(kernel.ask(Opcode.COPY_FILE_RANGE_64, 6), CopyFileRangeOut::decode))
        .isEqualTo(new CopyFileRangeOut(U32_MAX + 1));
  }

  @Test
  void moreCopiedThan32BitsHoldIsRefused() {
    fileSystem.copyFileRange = (request, reply) -> noting(() -> reply.copied(U32_MAX + 1));

    assertRefused(
        kernel.ask(Opcode.COPY_FILE_RANGE, 4),
        "count of bytes copied must be between 0 and 4294967295, but is 4294967296");
  }

  @Test
  void errorsAreNegativeAndCarryNothingElse() {
    for (Errno errno : Errno.values()) {
      fileSystem.unlink = (request, reply) -> reply.error(errno);

      Answer answer = kernel.ask(Opcode.UNLINK, 4);

      assertThat(answer.header().error()).isEqualTo(-errno.number());
      assertThat(answer.body().readableBytes()).isZero();
    }
  }

  @Test
  void aReplyThatCannotBeEncodedAnswersEioAndTheSessionGoesOn() {
    fileSystem.getattr = (request, reply) -> reply.attributes(null, CachePolicy.NONE);
    fileSystem.unlink = (request, reply) -> reply.ok();

    assertThat(kernel.ask(Opcode.GETATTR, 4).error()).isEqualTo(Errno.EIO);
    assertThat(kernel.ask(Opcode.UNLINK, 6).error()).isNull();
    assertThat(logged.lines()).singleElement().asString().startsWith("ERROR cannot encode #4");
  }
}
