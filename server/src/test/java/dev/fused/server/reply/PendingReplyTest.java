package dev.fused.server.reply;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.DirectoryReply;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.StatusReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.pipeline.EmbeddedKernel;
import dev.fused.server.pipeline.EmbeddedKernel.Answer;
import dev.fused.server.pipeline.Logged;
import dev.fused.server.pipeline.NoLeaks;
import dev.fused.server.pipeline.Requests;
import dev.fused.server.pipeline.ScriptedFileSystem;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.SessionOptions;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Replies that are completed later than in the call that delivers the request, or never. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class PendingReplyTest {
  private final ScriptedFileSystem fileSystem = new ScriptedFileSystem();
  private final BlockingQueue<StatusReply> waiting = new LinkedBlockingQueue<>();
  private final List<String> calls = new ArrayList<>();
  private final Logged logged = new Logged("dev.fused.server");
  private EmbeddedKernel kernel = EmbeddedKernel.mount(fileSystem);

  PendingReplyTest() {
    fileSystem.setlkw = (request, reply) -> waiting.add(reply);
  }

  @AfterEach
  void close() {
    kernel.close();
    logged.close();
  }

  private StatusReply sendSetlkw(long unique) {
    kernel.send(Opcode.SETLKW, unique);
    return waiting.remove();
  }

  private int inFlight() {
    return kernel.session().inFlight().size();
  }

  @Test
  void aRequestIsInFlightUntilItIsAnswered() {
    StatusReply reply = sendSetlkw(4);
    assertThat(kernel.poll()).isNull();
    assertThat(inFlight()).isEqualTo(1);
    assertThat(reply.isDone()).isFalse();

    reply.ok();

    assertThat(kernel.onlyAnswer(4).error()).isNull();
    assertThat(inFlight()).isZero();
    assertThat(reply.isDone()).isTrue();
  }

  /** Who waits for the table to be empty, to close the channel, must not overtake the reply. */
  @Test
  void aRequestStaysInFlightUntilItsReplyIsHandedOver() {
    List<Integer> inFlightWhenSent = new ArrayList<>();
    FuseSession session = new FuseSession(new FuseFileSystem() {}, SessionOptions.DEFAULT);
    ReplySink sink =
        new ReplySink() {
          @Override
          public void send(ReplyMessage message) {
            inFlightWhenSent.add(session.inFlight().size());
            message.release();
          }

          @Override
          public FuseSession session() {
            return session;
          }
        };
    TypedReplies.Status reply = new TypedReplies.Status(sink, Requests.of(Opcode.SETLKW, 4));
    reply.trackInFlight(null);

    reply.ok();

    assertThat(inFlightWhenSent).containsExactly(1);
    assertThat(session.inFlight().size()).isZero();
  }

  @Test
  void aRequestThatComesAgainIsAnsweredUnderItsNewNameByWhoWorksOnIt() {
    StatusReply reply = sendSetlkw(4);

    kernel.send(Opcode.SETLKW, 4 | RequestHeader.RESENT);
    assertThat(waiting).as("replies that the file system got besides").isEmpty();
    assertThat(inFlight()).isEqualTo(1);
    reply.ok();

    assertThat(kernel.onlyAnswer(4 | RequestHeader.RESENT).error()).isNull();
    assertThat(inFlight()).isZero();
  }

  @Test
  void aRequestThatComesAgainAfterItsAnswerIsNewToTheFileSystem() {
    sendSetlkw(4).ok();
    kernel.onlyAnswer(4);

    sendSetlkw(4 | RequestHeader.RESENT).error(Errno.EDEADLK);

    assertThat(kernel.onlyAnswer(4 | RequestHeader.RESENT).error()).isEqualTo(Errno.EDEADLK);
  }

  @Test
  void whatOnlyClaimsToComeAgainIsANewRequest() {
    StatusReply reply = sendSetlkw(4);

    assertThat(kernel.ask(Opcode.GETATTR, 4 | RequestHeader.RESENT).error())
        .isEqualTo(Errno.ENOSYS);
    assertThat(reply.isDone()).isFalse();
    reply.ok();

    assertThat(kernel.onlyAnswer(4).error()).isNull();
  }

  @Test
  void aRequestMayComeAgainAndAgainAndBeInterruptedUnderEitherName() {
    StatusReply reply = sendSetlkw(4);
    reply.onInterrupt(() -> calls.add("interrupt"));

    kernel.send(Opcode.SETLKW, 4 | RequestHeader.RESENT);
    kernel.send(Opcode.SETLKW, 4 | RequestHeader.RESENT);
    kernel.send(Requests.interrupt(5, 4));
    kernel.send(Requests.interrupt(5 | RequestHeader.RESENT, 4 | RequestHeader.RESENT));
    assertThat(calls).containsExactly("interrupt");
    reply.error(Errno.EINTR);

    assertThat(kernel.onlyAnswer(4 | RequestHeader.RESENT).error()).isEqualTo(Errno.EINTR);
  }

  @Test
  void aReplyThatIsCompletedWhileItsRequestComesAgainIsSentOnce() throws Exception {
    FuseSession session = new FuseSession(new FuseFileSystem() {}, SessionOptions.DEFAULT);
    BlockingQueue<Long> sent = new LinkedBlockingQueue<>();
    ReplySink sink =
        new ReplySink() {
          @Override
          public void send(ReplyMessage message) {
            sent.add(message.request().unique());
          }

          @Override
          public FuseSession session() {
            return session;
          }
        };
    for (long unique = 2; unique < 20_000; unique += 2) {
      long again = unique | RequestHeader.RESENT;
      TypedReplies.Status reply = new TypedReplies.Status(sink, Requests.of(Opcode.SETLKW, unique));
      reply.trackInFlight(null);
      CompletableFuture<Void> answer = CompletableFuture.runAsync(reply::ok);

      boolean moved = PendingReply.moveToResent(sink, Requests.of(Opcode.SETLKW, again));

      answer.get();
      assertThat(sent).containsExactly(moved ? again : unique);
      assertThat(session.inFlight().size()).isZero();
      sent.clear();
    }
  }

  @Test
  void aLateErrorIsAnAnswerToo() {
    sendSetlkw(4).error(Errno.EDEADLK);

    assertThat(kernel.onlyAnswer(4).error()).isEqualTo(Errno.EDEADLK);
    assertThat(inFlight()).isZero();
  }

  @Test
  void aLateReplyCompletedTwiceThrowsAndSendsOneAnswer() {
    StatusReply reply = sendSetlkw(4);
    reply.ok();

    assertThatThrownBy(reply::ok).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> reply.error(Errno.EIO)).isInstanceOf(IllegalStateException.class);

    assertThat(kernel.onlyAnswer(4).error()).isNull();
  }

  @Test
  void anInterruptRunsTheActionOnce() {
    StatusReply reply = sendSetlkw(4);
    reply.onInterrupt(() -> reply.error(Errno.EINTR));
    assertThat(reply.isInterrupted()).isFalse();

    kernel.send(Requests.interrupt(5, 4));
    kernel.send(Requests.interrupt(5, 4));

    assertThat(reply.isInterrupted()).isTrue();
    assertThat(kernel.onlyAnswer(4).error()).isEqualTo(Errno.EINTR);
    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void anInterruptThatCameBeforeItsRequestRunsTheActionWhenTheRequestIsNotAnsweredAtOnce() {
    fileSystem.setlkw = (request, reply) -> reply.onInterrupt(() -> reply.error(Errno.EINTR));
    kernel.send(Requests.interrupt(5, 4));

    assertThat(kernel.ask(Opcode.SETLKW, 4).error()).isEqualTo(Errno.EINTR);
  }

  @Test
  void anActionRegisteredAfterTheInterruptRunsAtOnce() {
    StatusReply reply = sendSetlkw(4);
    kernel.send(Requests.interrupt(5, 4));

    reply.onInterrupt(() -> reply.error(Errno.EINTR));

    assertThat(kernel.onlyAnswer(4).error()).isEqualTo(Errno.EINTR);
  }

  @Test
  void aSecondActionReplacesTheFirst() {
    StatusReply reply = sendSetlkw(4);
    reply.onInterrupt(() -> calls.add("first"));
    reply.onInterrupt(() -> calls.add("second"));

    kernel.send(Requests.interrupt(5, 4));

    assertThat(calls).containsExactly("second");
    reply.ok();
  }

  @Test
  void anInterruptAfterTheAnswerRunsNothing() {
    StatusReply reply = sendSetlkw(4);
    reply.onInterrupt(() -> calls.add("action"));
    reply.ok();

    kernel.send(Requests.interrupt(5, 4));

    assertThat(calls).isEmpty();
    assertThat(kernel.onlyAnswer(4).error()).isNull();
  }

  @Test
  void anInterruptedRequestMayBeAnsweredAsIfNothingHadHappened() {
    StatusReply reply = sendSetlkw(4);
    kernel.send(Requests.interrupt(5, 4));

    reply.ok();

    assertThat(kernel.onlyAnswer(4).error()).isNull();
  }

  @Test
  void anActionThatFailsIsLoggedAndTheRequestStaysOpen() {
    StatusReply reply = sendSetlkw(4);
    reply.onInterrupt(
        () -> {
          throw new AssertionError("no action");
        });

    kernel.send(Requests.interrupt(5, 4));

    assertThat(logged.lines())
        .singleElement()
        .asString()
        .startsWith("ERROR the interrupt action of Setlkw[");
    assertThat(reply.isDone()).isFalse();
    reply.ok();
  }

  @Test
  void theEndOfTheSessionInterruptsWhatIsInFlightAlsoIfAnActionFails() {
    fileSystem.destroy = () -> calls.add("destroy");
    sendSetlkw(4).onInterrupt(() -> calls.add("first"));
    sendSetlkw(6)
        .onInterrupt(
            () -> {
              throw new AssertionError("no action");
            });
    sendSetlkw(8).onInterrupt(() -> calls.add("third"));

    kernel.close();

    assertThat(calls).containsExactlyInAnyOrder("first", "third", "destroy");
    assertThat(calls.getLast()).isEqualTo("destroy");
    assertThat(kernel.session().ended()).isCompleted();
  }

  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {"WRITE", "SETXATTR", "IOCTL"})
  void theDataOfARequestStaysUntilItIsAnswered(Opcode opcode) {
    List<Runnable> completions = new ArrayList<>();
    fileSystem.write =
        (request, reply) ->
            completions.add(
                () -> {
                  assertThat(request.data().toString(US_ASCII)).isEqualTo(Requests.DATA);
                  reply.error(Errno.ENOSPC);
                });
    fileSystem.setxattr =
        (request, reply) ->
            completions.add(
                () -> {
                  assertThat(request.value().toString(US_ASCII)).isEqualTo(Requests.DATA);
                  reply.ok();
                });
    fileSystem.ioctl =
        (request, reply) ->
            completions.add(
                () -> {
                  assertThat(request.data().toString(US_ASCII)).isEqualTo(Requests.DATA);
                  reply.result(0, Unpooled.EMPTY_BUFFER);
                });
    kernel.send(opcode, 4);
    assertThat(kernel.receiveBuffer().refCnt()).isEqualTo(1);

    completions.getFirst().run();

    assertThat(kernel.onlyAnswer(4).unique()).isEqualTo(4);
    assertThat(kernel.receiveBuffer().refCnt()).isZero();
  }

  @Test
  void aDroppedReplyAnswersEioIsCountedAndGivesItsDataBack() {
    fileSystem.write = (request, reply) -> {};

    kernel.send(Opcode.WRITE, 4);
    Answer answer = awaitCollected();

    assertThat(answer.unique()).isEqualTo(4);
    assertThat(answer.error()).isEqualTo(Errno.EIO);
    assertThat(kernel.session().droppedReplies()).isEqualTo(1);
    assertThat(inFlight()).isZero();
    awaitReleased();
    assertThat(logged.lines())
        .singleElement()
        .asString()
        .startsWith("ERROR the file system never answered Write[");
  }

  @Test
  void whatIsLeftWhenTheSessionEndsIsNoFault() {
    fileSystem.write = (request, reply) -> {};
    kernel.send(Opcode.WRITE, 4);
    kernel.close();

    awaitReleasedByCollector();

    assertThat(kernel.poll()).isNull();
    assertThat(kernel.session().droppedReplies()).isZero();
    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void anInterruptActionDoesNotKeepADroppedReply() {
    fileSystem.setlkw = (request, reply) -> reply.onInterrupt(() -> reply.error(Errno.EINTR));

    kernel.send(Opcode.SETLKW, 4);

    assertThat(awaitCollected().error()).isEqualTo(Errno.EIO);
    kernel.send(Requests.interrupt(5, 4));
    assertThat(kernel.poll()).isNull();
  }

  @Test
  void aReplyDroppedByAFileSystemThatBlocksAnswersEio() {
    kernel.close();
    fileSystem.blocking = true;
    fileSystem.unlink = (request, reply) -> {};
    kernel = EmbeddedKernel.mount(fileSystem);

    kernel.send(Opcode.UNLINK, 4);

    assertThat(awaitCollected().error()).isEqualTo(Errno.EIO);
    assertThat(kernel.session().droppedReplies()).isEqualTo(1);
  }

  @Test
  void aReplyThatIsStillHeldIsNotDropped() {
    StatusReply held = sendSetlkw(4);
    fileSystem.unlink = (request, reply) -> {};
    kernel.send(Opcode.UNLINK, 6);

    assertThat(awaitCollected().unique()).isEqualTo(6);
    assertThat(kernel.session().droppedReplies()).isEqualTo(1);
    held.ok();
    assertThat(kernel.onlyAnswer(4).error()).isNull();
  }

  @Test
  void aDroppedDirectoryReplyGivesItsEntriesBack() {
    fileSystem.readdir = (request, reply) -> reply.add(FileName.of("a"), 9, 0, 1);

    kernel.send(Opcode.READDIR, 4);

    assertThat(awaitCollected().error()).isEqualTo(Errno.EIO);
  }

  @Test
  void aDirectoryReplyDroppedAfterALateEntryGivesItBackToo() {
    List<DirectoryReply> late = new ArrayList<>();
    fileSystem.readdir = (request, reply) -> late.add(reply);
    kernel.send(Opcode.READDIR, 4);
    late.removeFirst().add(FileName.of("a"), 9, 0, 1);

    assertThat(awaitCollected().error()).isEqualTo(Errno.EIO);
  }

  @Test
  void aDirectoryReplyEndedTwiceThrowsAndSendsItsEntriesUntouched() {
    List<ReplyMessage> sent = new ArrayList<>();
    FuseSession session = new FuseSession(new FuseFileSystem() {}, SessionOptions.DEFAULT);
    ReplySink queue =
        new ReplySink() {
          @Override
          public void send(ReplyMessage message) {
            sent.add(message); // as if the loop had no time yet
          }

          @Override
          public FuseSession session() {
            return session;
          }
        };
    TypedReplies.Directory reply =
        new TypedReplies.Directory(queue, (Readdir) Requests.of(Opcode.READDIR, 4));
    reply.add(FileName.of("a"), 9, 0, 1);
    reply.end();

    assertThatThrownBy(reply::end).isInstanceOf(IllegalStateException.class);

    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst().data()[0].refCnt()).isEqualTo(1);
    assertThat(sent.getFirst().dataLength()).isEqualTo(32);
    sent.getFirst().release();
  }

  /** The answer that comes once the collector has found the reply. */
  private Answer awaitCollected() {
    @Nullable Answer answer = kernel.poll();
    while (answer == null) {
      System.gc();
      LockSupport.parkNanos(5_000_000);
      answer = kernel.poll();
    }
    return answer;
  }

  private void awaitReleased() {
    while (kernel.receiveBuffer().refCnt() != 0) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void awaitReleasedByCollector() {
    while (kernel.receiveBuffer().refCnt() != 0) {
      System.gc();
      LockSupport.parkNanos(5_000_000);
    }
  }
}
