package dev.fused.server.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.OpenFlags;
import dev.fused.filesystem.StatusReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.server.pipeline.EmbeddedKernel.Answer;
import dev.fused.server.pipeline.Logged;
import dev.fused.server.pipeline.NoLeaks;
import dev.fused.server.pipeline.Requests;
import dev.fused.server.pipeline.ScriptedFileSystem;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.SessionOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.channel.DefaultEventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to a reply between the pipeline and the kernel, and if the kernel refuses it. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class FuseChannelTest {
  private static final Attributes FILE = Attributes.file(9).build();
  private static final Attributes DIRECTORY = Attributes.directory(8).build();

  private final ScriptedFileSystem fileSystem = new ScriptedFileSystem();
  private final BlockingQueue<String> undone = new LinkedBlockingQueue<>();
  private final Logged logged = new Logged("dev.fused.server");
  private final DefaultEventLoop loop = new DefaultEventLoop();
  private ScriptedChannel channel = ScriptedChannel.open(session(), loop);

  FuseChannelTest() {
    fileSystem.forget = (nodeid, nlookup) -> undone.add("forget " + nodeid + " " + nlookup);
    fileSystem.release =
        (request, reply) -> {
          undone.add(
              "release of %d, fh %d, flags %d"
                  .formatted(request.nodeid(), request.fh(), request.flags()));
          reply.ok();
        };
    fileSystem.releasedir =
        (request, reply) -> {
          undone.add("releasedir of %d, fh %d".formatted(request.nodeid(), request.fh()));
          reply.ok();
        };
  }

  @AfterEach
  void close() {
    channel.close().syncUninterruptibly();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    logged.close();
  }

  private FuseSession session() {
    return new FuseSession(fileSystem, SessionOptions.DEFAULT);
  }

  private void lose(Opcode opcode) {
    channel.refusing(4, Errno.ENOENT).deliver(Requests.of(opcode, 4));
    assertThat(channel.accepted).isEmpty();
  }

  /** The channel still answers. */
  private void assertServing() {
    fileSystem.unlink = (request, reply) -> reply.ok();
    channel.deliver(Requests.of(Opcode.UNLINK, 1000));
    assertThat(channel.accepted).last().extracting(Answer::unique).isEqualTo(1000L);
    assertThat(channel.isOpen()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {"LOOKUP", "MKNOD", "MKDIR", "SYMLINK", "LINK"})
  void aLostEntryTakesItsLookupBack(Opcode opcode) {
    fileSystem.lookup = (request, reply) -> entry(reply);
    fileSystem.mknod = (request, reply) -> entry(reply);
    fileSystem.mkdir = (request, reply) -> entry(reply);
    fileSystem.symlink = (request, reply) -> entry(reply);
    fileSystem.link = (request, reply) -> entry(reply);

    lose(opcode);

    assertThat(undone).containsExactly("forget 9 1");
  }

  private static void entry(EntryReply reply) {
    reply.entry(FILE, CachePolicy.NONE);
  }

  @Test
  void aLostMissingNameTakesNothingBack() {
    fileSystem.lookup = (request, reply) -> reply.noEntry(CachePolicy.FOREVER);

    lose(Opcode.LOOKUP);

    assertThat(undone).isEmpty();
  }

  @Test
  void aLostOpenReleasesItsHandle() {
    fileSystem.open = (request, reply) -> reply.opened(77, OpenFlags.NONE);
    fileSystem.opendir = (request, reply) -> reply.opened(78, OpenFlags.NONE);

    lose(Opcode.OPEN);
    lose(Opcode.OPENDIR);

    assertThat(undone).containsExactly("release of 5, fh 77, flags 2", "releasedir of 5, fh 78");
  }

  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {"CREATE", "TMPFILE"})
  void aLostCreateReleasesItsHandleOnTheNewFileAndTakesTheLookupBack(Opcode opcode) {
    fileSystem.create =
        (request, reply) -> reply.created(FILE, CachePolicy.NONE, 77, OpenFlags.NONE);
    fileSystem.tmpfile =
        (request, reply) -> reply.created(FILE, CachePolicy.NONE, 77, OpenFlags.NONE);

    lose(opcode);

    assertThat(undone).containsExactly("release of 9, fh 77, flags 2", "forget 9 1");
  }

  @Test
  void aLostReaddirplusTakesBackTheLookupsOfAllButDotAndDotDot() {
    fileSystem.readdirplus =
        (request, reply) -> {
          reply.add(FileName.DOT, 5, 0, DIRECTORY, CachePolicy.NONE, 1);
          reply.add(FileName.DOT_DOT, 6, 0, DIRECTORY, CachePolicy.NONE, 2);
          reply.add(FileName.of("a"), 10, 0, FILE, CachePolicy.NONE, 3);
          reply.add(FileName.of("plain"), 11, Attributes.S_IFREG, 4);
          reply.add(FileName.of("b"), 12, 0, FILE, CachePolicy.NONE, 5);
          reply.end();
        };

    lose(Opcode.READDIRPLUS);

    assertThat(undone).containsExactly("forget 10 1", "forget 12 1");
  }

  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {"READ", "READDIR", "GETATTR", "UNLINK", "LOOKUP"})
  void otherLostRepliesTakeNothingBack(Opcode opcode) {
    fileSystem.read = (request, reply) -> reply.fill(5, out -> out.writeZero(5));
    fileSystem.readdir =
        (request, reply) -> {
          reply.add(FileName.of("a"), 10, Attributes.S_IFREG, 1);
          reply.end();
        };
    fileSystem.getattr = (request, reply) -> reply.attributes(FILE, CachePolicy.NONE);
    fileSystem.unlink = (request, reply) -> reply.ok();
    fileSystem.lookup = (request, reply) -> reply.error(Errno.ENOENT);

    lose(opcode);

    assertThat(undone).isEmpty();
    assertServing();
  }

  @Test
  void aFileSystemThatBlocksTakesBackOnVirtualThreads() throws InterruptedException {
    channel.close().syncUninterruptibly();
    fileSystem.blocking = true;
    fileSystem.lookup = (request, reply) -> entry(reply);
    fileSystem.forget =
        (nodeid, nlookup) -> undone.add(nodeid + " " + Thread.currentThread().isVirtual());
    channel = ScriptedChannel.open(session(), loop);

    lose(Opcode.LOOKUP);

    assertThat(undone.take()).isEqualTo("9 true");
  }

  @ParameterizedTest
  @EnumSource(
      value = Errno.class,
      names = {"ENOENT", "ENODEV", "EPIPE", "ECONNRESET"})
  void aCallerThatIsGoneIsNothingToLogAbout(Errno errno) {
    fileSystem.unlink = (request, reply) -> reply.ok();

    channel.refusing(4, errno).deliver(Requests.of(Opcode.UNLINK, 4));

    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void anyOtherRefusalIsLogged() {
    fileSystem.unlink = (request, reply) -> reply.ok();

    channel.refusing(4, Errno.EINVAL).deliver(Requests.of(Opcode.UNLINK, 4));

    assertThat(logged.lines())
        .containsExactly("ERROR the kernel refused #4 UNLINK -> ok: EINVAL (invalid argument)");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFileSystemThatFailsToTakeBackIsLoggedAndTheSessionGoesOn(boolean error) {
    fileSystem.lookup = (request, reply) -> entry(reply);
    fileSystem.forget =
        (nodeid, nlookup) -> {
          if (error) {
            throw new AssertionError("cannot forget");
          }
          throw new IllegalStateException("cannot forget");
        };

    lose(Opcode.LOOKUP);

    assertThat(logged.lines())
        .singleElement()
        .asString()
        .startsWith("ERROR could not take back #4");
    assertServing();
  }

  /**
   * What is undone may answer requests that waited: those replies are written after the lost one.
   */
  @Test
  void repliesThatTakingBackCompletesAreWhole() {
    List<StatusReply> waiting = new ArrayList<>();
    fileSystem.setlkw = (request, reply) -> waiting.add(reply);
    fileSystem.open = (request, reply) -> reply.opened(77, OpenFlags.NONE);
    fileSystem.release =
        (request, reply) -> {
          waiting.get(0).ok();
          waiting.get(1).error(Errno.EDEADLK);
          waiting.get(2).error(Errno.EINTR);
          reply.ok();
        };
    channel.deliver(Requests.of(Opcode.SETLKW, 10));
    channel.deliver(Requests.of(Opcode.SETLKW, 12));
    channel.deliver(Requests.of(Opcode.SETLKW, 14));

    channel.refusing(4, Errno.ENOENT).deliver(Requests.of(Opcode.OPEN, 4));

    assertThat(channel.accepted).extracting(Answer::unique).containsExactly(10L, 12L, 14L);
    assertThat(channel.accepted)
        .extracting(Answer::error)
        .containsExactly(null, Errno.EDEADLK, Errno.EINTR);
  }

  /** A buffer of the file system may tell it that its memory is free, which others may wait for. */
  @Test
  void repliesThatTheReleaseOfDataCompletesAreWhole() {
    List<StatusReply> waiting = new ArrayList<>();
    fileSystem.setlkw = (request, reply) -> waiting.add(reply);
    fileSystem.read =
        (request, reply) ->
            reply.data(
                new UnpooledDirectByteBuf(UnpooledByteBufAllocator.DEFAULT, 5, 5) {
                  @Override
                  protected void deallocate() {
                    super.deallocate();
                    waiting.get(0).ok();
                    waiting.get(1).error(Errno.EDEADLK);
                    waiting.get(2).error(Errno.EINTR);
                  }
                }.writeZero(5));
    channel.deliver(Requests.of(Opcode.SETLKW, 10));
    channel.deliver(Requests.of(Opcode.SETLKW, 12));
    channel.deliver(Requests.of(Opcode.SETLKW, 14));

    channel.deliver(Requests.of(Opcode.READ, 4));

    assertThat(channel.accepted).extracting(Answer::unique).containsExactly(4L, 10L, 12L, 14L);
    assertThat(channel.accepted)
        .extracting(Answer::error)
        .containsExactly(null, null, Errno.EDEADLK, Errno.EINTR);
  }

  /** A buffer that its owner releases once too often must cost its caller the data, nobody else. */
  @Test
  void aReplyThatCannotBeWrittenAnswersEioAndTheSessionGoesOn() {
    ByteBuf broken = Unpooled.directBuffer().writeZero(5);
    broken.release();
    fileSystem.read = (request, reply) -> reply.data(broken);

    channel.deliver(Requests.of(Opcode.READ, 4));

    assertThat(channel.accepted).singleElement().extracting(Answer::error).isEqualTo(Errno.EIO);
    assertThat(channel.accepted.getFirst().unique()).isEqualTo(4);
    assertThat(logged.lines()).anyMatch(line -> line.startsWith("ERROR cannot write #4 READ"));
    assertServing();
  }

  @Test
  void aReplyThatIsReleasedReleasesAllItsPiecesEvenIfOneIsBroken() {
    ByteBuf broken = Unpooled.directBuffer().writeZero(5);
    broken.release();
    ByteBuf sound = Unpooled.directBuffer().writeZero(5);
    fileSystem.read = (request, reply) -> reply.data(broken, sound);

    channel.deliver(Requests.of(Opcode.READ, 4));

    assertThat(sound.refCnt()).isZero();
  }

  @Test
  void aReplyFromAnotherThreadIsWrittenOnTheLoop() {
    List<StatusReply> waiting = new CopyOnWriteArrayList<>();
    fileSystem.setlkw = (request, reply) -> waiting.add(reply);
    for (long unique = 4; unique < 204; unique += 2) {
      channel.deliver(Requests.of(Opcode.SETLKW, unique));
    }

    waiting.parallelStream().forEach(StatusReply::ok);
    loop.submit(() -> {}).syncUninterruptibly();

    assertThat(channel.accepted).hasSize(100).extracting(Answer::unique).doesNotHaveDuplicates();
  }

  @Test
  void onlyRepliesAreWritten() {
    assertThatThrownBy(() -> channel.writeAndFlush("text").syncUninterruptibly())
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("not a reply: text");
    assertServing();
  }
}
