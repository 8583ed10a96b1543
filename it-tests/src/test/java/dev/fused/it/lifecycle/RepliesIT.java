package dev.fused.it.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.fused.filesystem.DataReply;
import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.ServedMount;
import dev.fused.it.support.Waiting;
import dev.fused.protocol.Errno;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Replies of file systems that are slow, forgetful or wrong. */
@NeedsMount
final class RepliesIT {
  private static final Logger LIBRARY =
      (Logger) org.slf4j.LoggerFactory.getLogger("dev.fused.server");

  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private boolean additive;

  /** What the library complains of on purpose here is looked at, not printed. */
  @BeforeEach
  void listen() {
    additive = LIBRARY.isAdditive();
    LIBRARY.setAdditive(false);
    log.start();
    LIBRARY.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    LIBRARY.detachAppender(log);
    LIBRARY.setAdditive(additive);
  }

  @Test
  void aReplyMayComeLaterFromAnyThread() throws Exception {
    OneFile fileSystem =
        new OneFile(
            false,
            (request, reply) ->
                Thread.ofPlatform()
                    .start(
                        () -> {
                          pause();
                          OneFile.answer(request, reply);
                        }));
    try (ServedMount mount = ServedMount.serving(fileSystem)) {
      assertThat(cat(mount).output()).isEqualTo(OneFile.TEXT);
    }
    assertThat(complaints()).isEmpty();
  }

  @Test
  void requestsOfABlockingFileSystemAreServedInParallel() throws Exception {
    int readers = 20;
    CountDownLatch all = new CountDownLatch(readers);
    OneFile fileSystem =
        new OneFile(
            true,
            (request, reply) -> {
              assertThat(Thread.currentThread().isVirtual()).isTrue();
              if (request.offset() == 0) {
                all.countDown();
                // Each waits for all: one after the other would wait for ever.
                if (!all.await(30, TimeUnit.SECONDS)) {
                  reply.error(Errno.ETIMEDOUT);
                  return;
                }
              }
              OneFile.answer(request, reply);
            });
    try (ServedMount mount = ServedMount.serving(fileSystem)) {
      String script = "for i in $(seq %d); do cat file & done; wait".formatted(readers);
      String read = Command.shell(script).in(mount.path()).output();

      assertThat(read).isEqualTo(OneFile.TEXT.repeat(readers));
    }
    assertThat(complaints()).isEmpty();
  }

  @Test
  @NeedsPrograms("python3")
  void aReaderThatIsInterruptedIsLetGo() throws Exception {
    BlockingQueue<DataReply> open = new LinkedBlockingQueue<>();
    OneFile fileSystem =
        new OneFile(
            false,
            (request, reply) -> {
              reply.onInterrupt(() -> reply.error(Errno.EINTR));
              open.add(reply);
            });
    try (ServedMount mount = ServedMount.serving(fileSystem);
        RunningCommand reader =
            Command.python("interrupted_read.py", mount.path().resolve("file")).start()) {
      DataReply reply = open.take();
      assertThat(reply.isInterrupted()).isFalse();
      reader.signal("INT");

      assertThat(reader.await().requireSuccess().out()).isEqualTo("reading\nEINTR\n");
      assertThat(reply.isInterrupted()).isTrue();
    }
  }

  @Test
  @NeedsPrograms("python3")
  void anInterruptThatTheFileSystemIgnoresChangesNothing() throws Exception {
    BlockingQueue<Runnable> answers = new LinkedBlockingQueue<>();
    AtomicReference<DataReply> open = new AtomicReference<>();
    OneFile fileSystem =
        new OneFile(
            false,
            (request, reply) -> {
              open.set(reply);
              answers.add(() -> OneFile.answer(request, reply));
            });
    try (ServedMount mount = ServedMount.serving(fileSystem);
        RunningCommand reader =
            Command.python("interrupted_read.py", mount.path().resolve("file")).start()) {
      Runnable answer = answers.take();
      reader.signal("INT");
      Waiting.until("the interrupt has arrived", () -> open.get().isInterrupted());
      answer.run();

      assertThat(reader.await().requireSuccess().out())
          .isEqualTo("reading\n" + OneFile.TEXT.length() + "\n");
    }
    assertThat(complaints()).isEmpty();
  }

  /** The kernel waits for the answer even so; the file system can hurry. */
  @Test
  void aReaderThatIsKilledCountsAsInterruptedAndEndsWithTheAnswer() throws Exception {
    BlockingQueue<DataReply> open = new LinkedBlockingQueue<>();
    OneFile fileSystem = new OneFile(false, (request, reply) -> open.add(reply));
    try (ServedMount mount = ServedMount.serving(fileSystem)) {
      try (RunningCommand killed = cat(mount).start()) {
        DataReply reply = open.take();
        killed.signal("KILL");
        Waiting.until("the interrupt has arrived", reply::isInterrupted);
        reply.error(Errno.EINTR);

        assertThat(killed.await().status()).isEqualTo(128 + 9);
      }
      try (RunningCommand other = cat(mount).start()) {
        open.take().error(Errno.EPERM);
        assertThat(other.await().err()).contains("Operation not permitted");
      }
    }
    assertThat(complaints()).isEmpty();
  }

  @Test
  void aForgottenReplyFailsWithEioAndTheMountLivesOn() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    OneFile fileSystem =
        new OneFile(
            false,
            (request, reply) -> {
              if (reads.getAndIncrement() > 0) {
                OneFile.answer(request, reply);
              }
            });
    try (ServedMount mount = ServedMount.serving(fileSystem)) {
      try (RunningCommand reader = cat(mount).start()) {
        Waiting.until(
            "the reader is let go",
            () -> {
              System.gc();
              return !reader.isRunning();
            });
        assertThat(reader.await().err()).contains("Input/output error");
      }

      assertThat(complaints()).singleElement().asString().contains("never answered", "Read[");
      assertThat(cat(mount).output()).isEqualTo(OneFile.TEXT);
    }
  }

  @Test
  void anExceptionFailsWithEioAndTheMountLivesOn() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    OneFile fileSystem =
        new OneFile(
            false,
            (request, reply) -> {
              if (reads.getAndIncrement() == 0) {
                throw new IllegalStateException("a mistake of the file system");
              }
              OneFile.answer(request, reply);
            });
    try (ServedMount mount = ServedMount.serving(fileSystem)) {
      Result failed = cat(mount).run();

      assertThat(failed.err()).contains("Input/output error");
      assertThat(complaints()).singleElement().asString().contains("READ", "nodeid 2", "unique");
      assertThat(log.list.getFirst().getThrowableProxy().getMessage())
          .isEqualTo("a mistake of the file system");
      assertThat(cat(mount).output()).isEqualTo(OneFile.TEXT);
    }
  }

  @Test
  void anExceptionOnAVirtualThreadFailsWithEioToo() throws Exception {
    OneFile fileSystem =
        new OneFile(
            true,
            (request, reply) -> {
              throw new AssertionError("a mistake of the file system");
            });
    try (ServedMount mount = ServedMount.serving(fileSystem)) {
      assertThat(cat(mount).run().err()).contains("Input/output error");
      assertThat(complaints()).hasSize(1);
    }
  }

  @Test
  void aReplyCompletedTwiceThrowsAndTheFirstAnswerCounts() throws Exception {
    CompletableFuture<Exception> second = new CompletableFuture<>();
    OneFile fileSystem =
        new OneFile(
            false,
            (request, reply) -> {
              OneFile.answer(request, reply);
              try {
                reply.error(Errno.EPERM);
                second.complete(null);
              } catch (IllegalStateException e) {
                second.complete(e);
              }
            });
    try (ServedMount mount = ServedMount.serving(fileSystem)) {
      assertThat(cat(mount).output()).isEqualTo(OneFile.TEXT);
      assertThat(second.get()).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void whatIsNotImplementedFailsWithEnosys() throws Exception {
    try (ServedMount mount = ServedMount.serving(new OneFile(false, OneFile::answer))) {
      Result refused = Command.of("mkdir", mount.path().resolve("d")).run();

      assertThat(refused.err()).contains("Function not implemented");
    }
    assertThat(complaints()).isEmpty();
  }

  @Test
  void aRequestInFlightIsAnsweredBeforeTheMountEnds() throws Exception {
    BlockingQueue<Runnable> answers = new LinkedBlockingQueue<>();
    OneFile fileSystem =
        new OneFile(false, (request, reply) -> answers.add(() -> OneFile.answer(request, reply)));
    try (ServedMount mount = ServedMount.serving(fileSystem);
        RunningCommand reader = cat(mount).start()) {
      Runnable first = answers.take();
      CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> mount.mount().close());
      Waiting.until("the mount has left its place", () -> mount.directory().mounted().isEmpty());
      assertThat(closed).isNotDone();
      first.run();
      answers.take().run();

      assertThat(reader.await().requireSuccess().out()).isEqualTo(OneFile.TEXT);
      closed.get(30, TimeUnit.SECONDS);
      assertThat(fileSystem.destroyed()).isEqualTo(1);
    }
  }

  @Test
  void aFileSystemThatNeverAnswersCannotKeepTheMountFromEnding() throws Exception {
    BlockingQueue<DataReply> open = new LinkedBlockingQueue<>();
    OneFile fileSystem = new OneFile(false, (request, reply) -> open.add(reply));
    try (ServedMount mount = ServedMount.serving(fileSystem);
        RunningCommand reader = cat(mount).start()) {
      DataReply unanswered = open.take();
      mount.mount().close();

      assertThat(reader.await().err()).containsAnyOf("connection abort", "not connected");
      assertThat(mount.mount().isServed()).isFalse();
      assertThat(mount.directory().mounted()).isEmpty();
      assertThat(fileSystem.destroyed()).isEqualTo(1);
      assertThat(unanswered.isInterrupted()).as("told that nobody waits").isTrue();
      // Too late, but no mistake: the file system could not know.
      unanswered.error(Errno.EIO);
    }
  }

  private List<String> complaints() {
    return log.list.stream()
        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  private static Command cat(ServedMount mount) {
    return Command.of("cat", mount.path().resolve("file"));
  }

  private static void pause() {
    try {
      Thread.sleep(200);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
