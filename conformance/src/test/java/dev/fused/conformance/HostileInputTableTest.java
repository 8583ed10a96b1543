package dev.fused.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.fs.memory.MemoryFootprint;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.CreateOut;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.request.BatchForget;
import dev.fused.protocol.request.CopyFileRange;
import dev.fused.protocol.request.Create;
import dev.fused.protocol.request.CuseInit;
import dev.fused.protocol.request.Destroy;
import dev.fused.protocol.request.Extensions;
import dev.fused.protocol.request.Fallocate;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Getxattr;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.Interrupt;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Lseek;
import dev.fused.protocol.request.Mkdir;
import dev.fused.protocol.request.NotifyReply;
import dev.fused.protocol.request.Opendir;
import dev.fused.protocol.request.Read;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.Releasedir;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setattr;
import dev.fused.protocol.request.Setlk;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Setupmapping;
import dev.fused.protocol.request.Setxattr;
import dev.fused.protocol.request.Statfs;
import dev.fused.protocol.request.Unlink;
import dev.fused.protocol.request.Write;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each row of docs/hostile-input.md, over a socket to our server with the memory file system. */
final class HostileInputTableTest {
  private static final Path DOCUMENT = Path.of("../docs/hostile-input.md");
  private static final Pattern ROW = Pattern.compile("(?m)^\\|.*\\| `(\\w+)` \\|$");
  private static final long ROOT = FuseFileSystem.ROOT;
  private static final int PATIENCE_MILLIS = 30_000;
  private static final long UNKNOWN = 4711;
  private static final int LEN = 0;
  private static final int TOTAL_EXTLEN = 36;
  private static final int PAYLOAD = RequestHeader.SIZE;
  private static final int READ_SIZE = PAYLOAD + 16;

  private final FuzzLog log = new FuzzLog();
  private HostileKernel kernel;

  @BeforeEach
  void connect() throws IOException {
    FuzzSettings settings = new FuzzSettings(0, 45, false, true, false, false, false, false);
    kernel = new HostileKernel(settings, log, new FuzzStatistics(), PATIENCE_MILLIS);
  }

  @AfterEach
  void close() {
    kernel.close();
    log.close();
  }

  @Test
  void everyRowHasItsTestAndEveryTestItsRow() throws IOException {
    Set<String> rows =
        ROW.matcher(Files.readString(DOCUMENT))
            .results()
            .map(row -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> tests =
        Stream.of(HostileInputTableTest.class.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(Test.class))
            .map(method -> method.getName())
            .filter(name -> !name.equals("everyRowHasItsTestAndEveryTestItsRow"))
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(rows).isEqualTo(tests);
  }

  @Test
  void aMessageShorterThanAHeaderIsNotAnswered() {
    kernel.frame().writeZero(39);
    kernel.send();

    assertServing();
    assertThat(log.warnings()).isEqualTo(1);
  }

  @Test
  void aMessageThatSaysAnotherLengthThanItHasAnswersEio() {
    for (int len : new int[] {0, 39, 41, Integer.MAX_VALUE, -1}) {
      kernel.encode(new Statfs(header(Opcode.STATFS, ROOT))).setIntLE(LEN, len);
      assertThat(kernel.askFrame()).isEqualTo(Errno.EIO);
    }
    assertThat(log.warnings()).isEqualTo(5);
  }

  @Test
  void aStructureThatIsCutShortOrFollowedByMoreAnswersEio() {
    ByteBuf shorter = kernel.encode(new Getattr(header(Opcode.GETATTR, ROOT), 0, 0));
    shorter.writerIndex(PAYLOAD + 8).setIntLE(LEN, PAYLOAD + 8);
    assertThat(kernel.askFrame()).isEqualTo(Errno.EIO);
    ByteBuf longer = kernel.encode(new Getattr(header(Opcode.GETATTR, ROOT), 0, 0));
    longer.writeZero(8).setIntLE(LEN, longer.readableBytes());
    assertThat(kernel.askFrame()).isEqualTo(Errno.EIO);
  }

  @Test
  void aNameThatIsNoneAnswersEio() {
    assertThat(lookupOf("abc")).isEqualTo(Errno.EIO); // no NUL
    assertThat(lookupOf("\0")).isEqualTo(Errno.EIO);
    assertThat(lookupOf("a/b\0")).isEqualTo(Errno.EIO);
    assertThat(lookupOf("a\0b\0")).isEqualTo(Errno.EIO);
    assertThat(kernel.error(mkdir("."))).isEqualTo(Errno.EIO);
    assertThat(kernel.error(mkdir(".."))).isEqualTo(Errno.EIO);
    assertThat(kernel.error(mkdir("n".repeat(256)))).isEqualTo(Errno.ENAMETOOLONG);
  }

  private Errno lookupOf(String bytes) {
    ByteBuf frame = kernel.encode(new Lookup(header(Opcode.LOOKUP, ROOT), FileName.of("x")));
    frame.writerIndex(PAYLOAD).writeBytes(FileName.of(bytes).toBytes());
    frame.setIntLE(LEN, frame.readableBytes());
    return kernel.askFrame();
  }

  @Test
  void extensionsThatLieOfTheirSizeAnswerEio() {
    Extensions groups = new Extensions(List.of(), List.of(1, 2, 3));
    Mkdir request = new Mkdir(header(Opcode.MKDIR, ROOT), 0755, 0, FileName.of("d"), groups);
    int extension = PAYLOAD + 8 + 2;
    for (int size : new int[] {0, 7, 32, Integer.MAX_VALUE, -1}) {
      kernel.encode(request).setIntLE(extension, size);
      assertThat(kernel.askFrame()).as("size %d", size).isEqualTo(Errno.EIO);
      kernel.encode(request).setIntLE(extension + 8, size == 0 ? 4 : size);
      assertThat(kernel.askFrame()).as("nr_groups %d", size).isEqualTo(Errno.EIO);
    }
    for (int units : new int[] {0, 2, 4, 0xffff}) {
      kernel.encode(request).setShortLE(TOTAL_EXTLEN, units);
      assertThat(kernel.askFrame()).as("total_extlen %d", units).isEqualTo(Errno.EIO);
    }
    kernel.encode(new Statfs(header(Opcode.STATFS, ROOT))).setShortLE(TOTAL_EXTLEN, 1);
    assertThat(kernel.askFrame()).isEqualTo(Errno.EIO);
  }

  @Test
  void anOpcodeThatIsUnknownOrNotOfThisDeviceAnswersEnosys() {
    for (int opcode : new int[] {0, 7, 54, 4097, -1}) {
      kernel.encode(new Statfs(header(Opcode.STATFS, ROOT))).setIntLE(4, opcode);
      assertThat(kernel.askFrame()).isEqualTo(Errno.ENOSYS);
    }
    assertThat(kernel.error(new CuseInit(header(Opcode.CUSE_INIT, 0), 7, 45, 0)))
        .isEqualTo(Errno.ENOSYS);
    assertThat(kernel.error(new Setupmapping(header(Opcode.SETUPMAPPING, 1), 0, 0, 0, 0, 0)))
        .isEqualTo(Errno.ENOSYS);
  }

  @Test
  void aNodeidThatWasNeverGivenOutOrIsForgottenAnswersEstale() {
    Created file = create("f");
    kernel.ask(new Release(header(Opcode.RELEASE, file.nodeid), file.fh, 0, 0, 0));
    kernel.ask(new Unlink(header(Opcode.UNLINK, ROOT), FileName.of("f")));
    kernel.send(new Forget(header(Opcode.FORGET, file.nodeid), 1));

    for (long nodeid : new long[] {0, file.nodeid, UNKNOWN, 1L << 32, Long.MAX_VALUE, -1}) {
      assertThat(kernel.error(new Getattr(header(Opcode.GETATTR, nodeid), 0, 0)))
          .isEqualTo(Errno.ESTALE);
      assertThat(kernel.error(read(nodeid, 0, 0, 10))).isEqualTo(Errno.ESTALE);
      assertThat(kernel.error(write(nodeid, 0, "x"))).isEqualTo(Errno.ESTALE);
      assertThat(kernel.error(new Opendir(header(Opcode.OPENDIR, nodeid), 0, 0)))
          .isEqualTo(Errno.ESTALE);
      assertThat(kernel.error(new Lookup(header(Opcode.LOOKUP, nodeid), FileName.of("f"))))
          .isEqualTo(Errno.ESTALE);
      assertThat(kernel.error(lock(nodeid, 0, 10))).isEqualTo(Errno.ESTALE);
    }
  }

  @Test
  void aNodeidOfAnotherTypeAnswersWhatThatTypeSays() {
    long file = create("f").nodeid;

    assertThat(kernel.error(read(ROOT, 0, 0, 10))).isEqualTo(Errno.EISDIR);
    assertThat(kernel.error(write(ROOT, 0, "x"))).isEqualTo(Errno.EISDIR);
    assertThat(kernel.error(readdir(file, 0))).isEqualTo(Errno.ENOTDIR);
    assertThat(kernel.error(new Lookup(header(Opcode.LOOKUP, file), FileName.of("x"))))
        .isEqualTo(Errno.ENOTDIR);
  }

  @Test
  void aForgetOfMoreThanWasLookedUpForgetsAll() {
    long file = create("f").nodeid;

    kernel.send(new Forget(header(Opcode.FORGET, file), -1));
    kernel.send(new Forget(header(Opcode.FORGET, file), 1));
    kernel.send(new Forget(header(Opcode.FORGET, UNKNOWN), Long.MAX_VALUE));
    kernel.send(new Forget(header(Opcode.FORGET, ROOT), -1));

    assertThat(kernel.error(new Getattr(header(Opcode.GETATTR, file), 0, 0))).isNull();
    assertServing();
    assertThat(log.warnings()).isZero();
  }

  @Test
  void aBatchOfForgetsThatLiesOfItsCountForgetsNothing() {
    long file = create("f").nodeid;
    kernel.ask(new Unlink(header(Opcode.UNLINK, ROOT), FileName.of("f")));
    List<BatchForget.ForgetOne> one = List.of(new BatchForget.ForgetOne(file, 1));
    for (int count : new int[] {0, 2, 0x1000_0001, -1}) {
      kernel.encode(new BatchForget(header(Opcode.BATCH_FORGET, 0), one)).setIntLE(PAYLOAD, count);
      kernel.send();
    }

    assertThat(kernel.error(new Getattr(header(Opcode.GETATTR, file), 0, 0))).isNull();
    assertThat(log.warnings()).isEqualTo(4);
  }

  @Test
  void theHandleOfAnotherDirectoryAnswersEbadf() {
    long fh = opendir(ROOT);
    long other = entry(kernel.ask(mkdir("d")));

    assertThat(kernel.error(readdir(other, fh))).isEqualTo(Errno.EBADF);
    assertThat(kernel.error(new Releasedir(header(Opcode.RELEASEDIR, other), fh, 0, 0, 0)))
        .isEqualTo(Errno.EBADF);
    assertThat(kernel.error(readdir(ROOT, fh))).isNull();
    assertThat(kernel.error(readdir(ROOT, UNKNOWN))).isNull();
  }

  @Test
  void theHandleOfAnotherFileIsNotLookedAt() {
    Created one = create("one");
    Created other = create("other");
    kernel.ask(write(one.nodeid, one.fh, "content"));

    assertThat(kernel.ask(read(one.nodeid, other.fh, 0, 100))).asString().isEqualTo("content");
    assertThat(kernel.ask(read(one.nodeid, UNKNOWN, 0, 100))).asString().isEqualTo("content");
    assertThat(kernel.ask(read(other.nodeid, one.fh, 0, 100))).isEmpty();
  }

  @Test
  void aReleaseOfWhatIsNotOpenChangesNothing() {
    long file = create("f").nodeid;
    for (int i = 0; i < 3; i++) {
      assertThat(kernel.error(new Release(header(Opcode.RELEASE, file), UNKNOWN, 0, 0, 0)))
          .isNull();
    }
    assertThat(kernel.error(new Release(header(Opcode.RELEASE, UNKNOWN), 1, 0, 0, 0))).isNull();
    assertThat(kernel.error(read(file, 0, 0, 10))).isNull();
  }

  @Test
  void aReadOfMoreThanAnyKernelAsksForAnswersEinval() {
    long file = create("f").nodeid;
    long fh = opendir(ROOT);
    for (int size : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, (16 << 20) + 1}) {
      assertThat(kernel.error(read(file, 0, 0, size))).isEqualTo(Errno.EINVAL);
      assertThat(kernel.error(new Readdir(header(Opcode.READDIR, ROOT), fh, 0, size, 0, 0, 0)))
          .isEqualTo(Errno.EINVAL);
      assertThat(
              kernel.error(new Readdirplus(header(Opcode.READDIRPLUS, ROOT), fh, 0, size, 0, 0, 0)))
          .isEqualTo(Errno.EINVAL);
    }
    assertThat(log.warnings()).isEqualTo(12);
  }

  @Test
  void anAttributeIsGivenToWhoHasRoomForMore() {
    FileName name = FileName.of("user.a");
    ByteBuf value = Unpooled.wrappedBuffer(new byte[] {1, 2, 3});
    kernel.ask(new Setxattr(header(Opcode.SETXATTR, ROOT), 3, 0, 0, name, value));

    assertThat(kernel.ask(new Getxattr(header(Opcode.GETXATTR, ROOT), -1, name)))
        .containsExactly(1, 2, 3);
    assertThat(kernel.error(new Getxattr(header(Opcode.GETXATTR, ROOT), 2, name)))
        .isEqualTo(Errno.ERANGE);
  }

  @Test
  void aSizeThatIsNotThatOfTheDataAnswersEio() {
    long file = create("f").nodeid;
    for (int size : new int[] {0, 2, 4, Integer.MAX_VALUE, -1}) {
      kernel.encode(write(file, 0, "abc")).setIntLE(READ_SIZE, size);
      assertThat(kernel.askFrame()).isEqualTo(Errno.EIO);
    }
  }

  @Test
  void anOffsetBeyondTheLargestFileHasTheErrnoOfItsCall() {
    long file = create("f").nodeid;
    kernel.ask(write(file, 0, "abc"));
    for (long offset : new long[] {Long.MAX_VALUE - 1, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
      assertThat(kernel.ask(read(file, 0, offset, 100))).as("READ at %d", offset).isEmpty();
      assertThat(kernel.error(writeAt(file, offset))).isEqualTo(Errno.EFBIG);
      assertThat(kernel.error(new Lseek(header(Opcode.LSEEK, file), 0, offset, 3)))
          .isEqualTo(Errno.ENXIO);
      Errno tooFar = offset < 0 ? Errno.EINVAL : Errno.EFBIG;
      assertThat(kernel.error(new Fallocate(header(Opcode.FALLOCATE, file), 0, offset, 100, 0)))
          .isEqualTo(tooFar);
      RequestHeader copy = header(Opcode.COPY_FILE_RANGE, file);
      assertThat(kernel.error(new CopyFileRange(copy, 0, 0, file, 0, offset, 100, 0)))
          .isEqualTo(tooFar);
    }
    assertThat(kernel.error(new Fallocate(header(Opcode.FALLOCATE, file), 0, 0, -1, 0)))
        .isEqualTo(Errno.EINVAL);
    assertThat(kernel.error(size(file, -1))).isEqualTo(Errno.EINVAL);
    assertThat(kernel.error(size(file, Long.MAX_VALUE))).isNull();
  }

  @Test
  void moreThanThereIsRoomForAnswersEnospc() {
    long file = create("f").nodeid;
    long most = Long.MAX_VALUE;
    assertThat(kernel.error(new Fallocate(header(Opcode.FALLOCATE, file), 0, 0, most, 0)))
        .isEqualTo(Errno.ENOSPC);
    assertThat(MemoryFootprint.of(kernel.fileSystem).pages()).isZero();
  }

  @Test
  void aSecondInitAnswersEioAndADestroyEndsNothing() {
    assertThat(kernel.error(new Init(header(Opcode.INIT, 0), 7, 45, 0, 0))).isEqualTo(Errno.EIO);
    assertThat(kernel.error(new Init(header(Opcode.INIT, 0), -1, -1, 0, -1))).isEqualTo(Errno.EIO);
    assertThat(kernel.error(new Destroy(header(Opcode.DESTROY, 0)))).isNull();
    assertServing();
  }

  @Test
  void anInterruptOfNothingIsNotAnswered() {
    for (long target : new long[] {0, 2, 1000, -2, Long.MIN_VALUE}) {
      RequestHeader header = RequestHeader.of(Opcode.INTERRUPT, target | 1, 0, 0, 0, 0);
      kernel.send(new Interrupt(header, target));
    }
    assertServing();
    assertThat(log.warnings()).isZero();
  }

  @Test
  void dataThatNobodyRetrievedIsNotAnswered() {
    ByteBuf data = Unpooled.wrappedBuffer(new byte[100]);
    kernel.send(new NotifyReply(header(Opcode.NOTIFY_REPLY, ROOT), 0, 100, data));

    assertServing();
    assertThat(log.warnings()).isEqualTo(1);
  }

  @Test
  void whatOnlyClaimsToBeSentAgainIsANewRequest() {
    long file = create("f").nodeid;
    kernel.ask(lock(file, 1, 10));
    RequestHeader waiting = header(Opcode.SETLKW, file);
    FileLock whole = new FileLock(0, FileLock.TO_END_OF_FILE, FileLock.WRITE, 0);
    kernel.send(new Setlkw(waiting, 0, 2, whole, 0));
    long again = waiting.unique() | RequestHeader.RESENT;

    assertThat(kernel.error(getattr(again))).isNull();
    assertThat(kernel.error(getattr(kernel.nextUnique() | RequestHeader.RESENT))).isNull();
    kernel.send(new Interrupt(RequestHeader.of(Opcode.INTERRUPT, 1, 0, 0, 0, 0), waiting.unique()));
    assertServing();
    assertThat(kernel.session().inFlight().size()).isZero();
  }

  private static Getattr getattr(long unique) {
    return new Getattr(RequestHeader.of(Opcode.GETATTR, unique, ROOT, 0, 0, 0), 0, 0);
  }

  @Test
  void aLockOfNoRangeAnswersEinval() {
    long file = create("f").nodeid;
    assertThat(kernel.error(lock(file, 10, 9))).isEqualTo(Errno.EINVAL);
    assertThat(kernel.error(lock(file, -1, 9))).isEqualTo(Errno.EINVAL);
    FileLock noType = new FileLock(0, 9, 77, 0);
    assertThat(kernel.error(new Setlk(header(Opcode.SETLK, file), 0, 1, noType, 0)))
        .isEqualTo(Errno.EINVAL);
  }

  @Test
  void locksOfAHandleThatWasNeverGivenOutGoWithTheirFile() {
    Created file = create("f");
    kernel.ask(lock(file.nodeid, 0, 9));
    kernel.ask(new Release(header(Opcode.RELEASE, file.nodeid), file.fh, 0, 0, 0));
    kernel.ask(new Unlink(header(Opcode.UNLINK, ROOT), FileName.of("f")));
    kernel.send(new Forget(header(Opcode.FORGET, file.nodeid), 1));

    assertServing();
    assertThat(MemoryFootprint.of(kernel.fileSystem).locks()).isZero();
  }

  @Test
  void theEndOfTheSocketEndsTheSessionWithWhatIsInFlight() throws Exception {
    long file = create("f").nodeid;
    kernel.ask(lock(file, 1, 10));
    FileLock whole = new FileLock(0, FileLock.TO_END_OF_FILE, FileLock.WRITE, 0);
    kernel.send(new Setlkw(header(Opcode.SETLKW, file), 0, 2, whole, 0));
    assertServing();
    for (int i = 0; i < 50; i++) {
      kernel.send(getattr(kernel.nextUnique()));
    }

    kernel.hangUp();

    kernel.session().ended().get();
    assertThat(kernel.session().inFlight().size()).isZero();
    log.check();
  }

  /** Over the same socket the next request is answered. */
  private void assertServing() {
    assertThat(kernel.error(getattr(kernel.nextUnique()))).isNull();
    log.check();
  }

  private RequestHeader header(Opcode opcode, long nodeid) {
    return RequestHeader.of(opcode, kernel.nextUnique(), nodeid, 0, 0, 1);
  }

  private record Created(long nodeid, long fh) {}

  private Created create(String name) {
    RequestHeader header = header(Opcode.CREATE, ROOT);
    byte[] body =
        kernel.ask(new Create(header, 2, 0100644, 0, 0, FileName.of(name), Extensions.NONE));
    CreateOut created = CreateOut.decode(Unpooled.wrappedBuffer(body), kernel.format());
    return new Created(created.entry().nodeid(), created.open().fh());
  }

  private Mkdir mkdir(String name) {
    return new Mkdir(header(Opcode.MKDIR, ROOT), 0755, 0, FileName.of(name), Extensions.NONE);
  }

  private long entry(byte[] body) {
    return EntryOut.decode(Unpooled.wrappedBuffer(body), kernel.format()).nodeid();
  }

  private long opendir(long nodeid) {
    byte[] body = kernel.ask(new Opendir(header(Opcode.OPENDIR, nodeid), 0, 0));
    return OpenOut.decode(Unpooled.wrappedBuffer(body), kernel.format()).fh();
  }

  private Readdir readdir(long nodeid, long fh) {
    return new Readdir(header(Opcode.READDIR, nodeid), fh, 0, 4096, 0, 0, 0);
  }

  private Read read(long nodeid, long fh, long offset, int size) {
    return new Read(header(Opcode.READ, nodeid), fh, offset, size, 0, 0, 0);
  }

  private Write write(long nodeid, long fh, String text) {
    ByteBuf data = Unpooled.wrappedBuffer(FileName.of(text).toBytes());
    int size = data.readableBytes();
    return new Write(header(Opcode.WRITE, nodeid), fh, 0, size, 0, 0, 2, data);
  }

  private Write writeAt(long nodeid, long offset) {
    ByteBuf data = Unpooled.wrappedBuffer(new byte[100]);
    return new Write(header(Opcode.WRITE, nodeid), 0, offset, 100, 0, 0, 2, data);
  }

  private Setlk lock(long nodeid, long start, long end) {
    FileLock lock = new FileLock(start, end, FileLock.WRITE, 0);
    return new Setlk(header(Opcode.SETLK, nodeid), UNKNOWN, 1, lock, 0);
  }

  private Setattr size(long nodeid, long size) {
    return new Setattr(
        header(Opcode.SETATTR, nodeid), Setattr.SIZE, 0, size, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  }
}
