package dev.fused.server.pipeline;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.ErrnoException;
import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Readdir;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Unsupported;
import dev.fused.server.pipeline.EmbeddedKernel.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoLeaks.class)
@Timeout(60)
class DispatchHandlerTest {
  private static final Attributes FILE = Attributes.file(9).build();

  private final ScriptedFileSystem fileSystem = new ScriptedFileSystem();
  private final Logged logged = new Logged("dev.fused.server");
  private EmbeddedKernel kernel = EmbeddedKernel.mount(fileSystem);

  @AfterEach
  void close() {
    kernel.close();
    logged.close();
  }

  private void mountBlocking() {
    kernel.close();
    fileSystem.blocking = true;
    kernel = EmbeddedKernel.mount(fileSystem);
  }

  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {"INIT", "CUSE_INIT", "DESTROY", "INTERRUPT"},
      mode = EnumSource.Mode.EXCLUDE)
  void whatAFileSystemDoesNotImplementAnswersEnosys(Opcode opcode) {
    kernel.send(opcode, 4);

    if (opcode.expectsReply()) {
      Answer answer = kernel.onlyAnswer(4);
      assertThat(answer.error()).isEqualTo(Errno.ENOSYS);
      assertThat(answer.body().readableBytes()).isZero();
    } else {
      assertThat(kernel.poll()).isNull();
    }
    assertThat(kernel.receiveBuffer().refCnt()).as("references to the receive buffer").isZero();
    assertThat(kernel.session().inFlight().size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 19, 54, 4097, -1, Integer.MAX_VALUE})
  void anUnknownOpcodeAnswersEnosys(int opcode) {
    Unsupported unknown = new Unsupported(new RequestHeader(0, opcode, 4, 5, 0, 0, 0, 0));

    assertThat(kernel.ask(unknown).error()).isEqualTo(Errno.ENOSYS);
  }

  @ParameterizedTest
  @CsvSource({
    "LOOKUP, 40, EIO", // no name
    "GETATTR, 44, EIO", // half a structure
    "WRITE, 85, EIO", // less data than it says
    "READLINK, 41, EIO", // more than it may have
    "FORGET, 41,", // nobody waits
    "BATCH_FORGET, 63,",
    "NOTIFY_REPLY, 79,",
    "INTERRUPT, 44,",
  })
  void aMalformedRequestAnswersEioIfSomebodyWaits(Opcode opcode, int length, Errno expected) {
    ByteBuf message = Unpooled.directBuffer();
    Requests.header(opcode, 0xfedcba9876543210L).encode(message);
    message.writeZero(length - message.readableBytes()).setIntLE(0, length);

    kernel.sendBytes(message);

    if (expected == null) {
      assertThat(kernel.poll()).isNull();
    } else {
      assertThat(kernel.onlyAnswer(0xfedcba9876543210L).error()).isEqualTo(expected);
    }
    assertThat(logged.lines())
        .singleElement()
        .asString()
        .startsWith("WARN malformed request: " + opcode + " 18364758544493064720: ");
    assertThat(kernel.ask(Opcode.GETATTR, 6).error()).isEqualTo(Errno.ENOSYS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anExceptionOutOfTheFileSystemAnswersEioAndTheSessionGoesOn(boolean blocking)
      throws InterruptedException {
    fileSystem.lookup =
        (request, reply) -> {
          throw new AssertionError("cannot look up");
        };
    if (blocking) {
      mountBlocking();
    }

    kernel.send(Opcode.LOOKUP, 4);
    Answer first = kernel.await();
    kernel.send(Opcode.GETATTR, 6);
    Answer second = kernel.await();

    assertThat(first.unique()).isEqualTo(4);
    assertThat(first.error()).isEqualTo(Errno.EIO);
    assertThat(second.unique()).isEqualTo(6);
    assertThat(second.error()).isEqualTo(Errno.ENOSYS);
    assertThat(logged.lines())
        .containsExactly("ERROR the file system failed at LOOKUP, unique 4, nodeid 5");
  }

  @Test
  void whatTheFileSystemLacksIsAnsweredWithItsErrnoAndIsOneLineOfTheLog() {
    fileSystem.unlink =
        (request, reply) -> {
          throw new ErrnoException("open a file of the store", Errno.EMFILE);
        };

    assertThat(kernel.ask(Opcode.UNLINK, 4).error()).isEqualTo(Errno.EMFILE);
    assertThat(logged.lines())
        .containsExactly(
            "WARN UNLINK answers EMFILE: cannot open a file of the store: "
                + Errno.EMFILE.describe());
  }

  @Test
  void withoutMemoryTheAnswerIsEnomem() {
    fileSystem.unlink =
        (request, reply) -> {
          throw new OutOfMemoryError("thrown by a test");
        };

    assertThat(kernel.ask(Opcode.UNLINK, 4).error()).isEqualTo(Errno.ENOMEM);
  }

  @Test
  void anExceptionAfterTheAnswerIsLoggedAndChangesNothing() {
    fileSystem.unlink =
        (request, reply) -> {
          reply.ok();
          throw new IllegalStateException("too late");
        };

    assertThat(kernel.ask(Opcode.UNLINK, 4).error()).isNull();
    assertThat(logged.lines()).hasSize(1);
  }

  @Test
  void aReplyCompletedTwiceThrowsAndSendsOneAnswer() {
    fileSystem.lookup =
        (request, reply) -> {
          reply.entry(FILE, CachePolicy.NONE);
          assertThatThrownBy(() -> reply.error(Errno.EIO))
              .isInstanceOf(IllegalStateException.class)
              .hasMessageStartingWith("already answered: Lookup[");
          assertThatThrownBy(() -> reply.entry(FILE, CachePolicy.NONE))
              .isInstanceOf(IllegalStateException.class);
          assertThatThrownBy(() -> reply.noEntry(CachePolicy.NONE))
              .isInstanceOf(IllegalStateException.class);
          assertThat(reply.isDone()).isTrue();
        };

    assertThat(kernel.ask(Opcode.LOOKUP, 4).error()).isNull();
    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void aReplyCompletedByManyThreadsAtOnceSendsOneAnswer() throws Exception {
    LinkedBlockingQueue<Runnable> completions = new LinkedBlockingQueue<>();
    fileSystem.unlink = (request, reply) -> completions.add(reply::ok);
    for (long unique = 4; unique < 400; unique += 2) {
      kernel.send(Opcode.UNLINK, unique);
      Runnable completion = completions.take();

      CompletableFuture<Boolean> there = CompletableFuture.supplyAsync(() -> fails(completion));
      boolean failedHere = fails(completion);
      boolean failedThere = there.get();

      assertThat(failedHere).isNotEqualTo(failedThere);
      assertThat(kernel.onlyAnswer(unique).error()).isNull();
    }
  }

  @Test
  void forgetsReachTheFileSystemAndAreNotAnswered() {
    Map<Long, Long> forgotten = new LinkedHashMap<>();
    fileSystem.forget = forgotten::put;

    kernel.send(Opcode.FORGET, 4);
    kernel.send(Opcode.BATCH_FORGET, 6);

    assertThat(forgotten)
        .containsExactly(entry(5L, 3L), entry(11L, 3L), entry(12L, 3L), entry(13L, 3L));
    assertThat(kernel.poll()).isNull();
  }

  @Test
  void aForgetThatFailsDoesNotKeepTheOthersOfItsBatch() {
    Map<Long, Long> forgotten = new LinkedHashMap<>();
    fileSystem.forget =
        (nodeid, nlookup) -> {
          if (nodeid == 12) {
            throw new IllegalStateException("cannot forget");
          }
          forgotten.put(nodeid, nlookup);
        };

    kernel.send(Opcode.BATCH_FORGET, 4);

    assertThat(forgotten).containsOnlyKeys(11L, 13L);
    assertThat(logged.lines())
        .containsExactly("ERROR the file system failed at BATCH_FORGET, unique 4, nodeid 5");
  }

  @Test
  void aFileSystemThatBlocksRunsOnVirtualThreads() throws InterruptedException {
    CountDownLatch unblocked = new CountDownLatch(1);
    fileSystem.lookup =
        (request, reply) -> {
          assertThat(Thread.currentThread().isVirtual()).isTrue();
          awaitUninterruptibly(unblocked);
          reply.error(Errno.ENOENT);
        };
    fileSystem.getattr = (request, reply) -> reply.attributes(FILE, CachePolicy.NONE);
    mountBlocking();

    kernel.send(Opcode.LOOKUP, 4);
    assertThat(kernel.session().inFlight().size()).isEqualTo(1);
    kernel.send(Opcode.GETATTR, 6);
    assertThat(kernel.await().unique()).isEqualTo(6);
    unblocked.countDown();
    assertThat(kernel.await().unique()).isEqualTo(4);
    kernel.session().inFlight().awaitEmpty(Long.MAX_VALUE);
  }

  @Test
  void aFileSystemThatBlocksForgetsOnVirtualThreads() throws InterruptedException {
    LinkedBlockingQueue<Boolean> virtual = new LinkedBlockingQueue<>();
    fileSystem.forget = (nodeid, nlookup) -> virtual.add(Thread.currentThread().isVirtual());
    mountBlocking();

    kernel.send(Opcode.FORGET, 4);

    assertThat(virtual.take()).isTrue();
  }

  @Test
  void dataThatNobodyRetrievedIsLoggedAndLetGo() {
    kernel.send(Opcode.NOTIFY_REPLY, 4);

    assertThat(kernel.poll()).isNull();
    assertThat(logged.lines()).singleElement().asString().startsWith("WARN nobody retrieved what");
    assertThat(kernel.receiveBuffer().refCnt()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, (16 << 20) + 1})
  void aReadOfMoreThanAnyKernelAsksForAnswersEinvalAndDoesNotReachTheFileSystem(int size) {
    fileSystem.read = (request, reply) -> reply.fill(1, buffer -> buffer.writeByte(1));
    RequestHeader header = Requests.header(Opcode.READDIR, 6);

    assertThat(kernel.ask(Requests.read(4, size)).error()).isEqualTo(Errno.EINVAL);
    assertThat(kernel.ask(new Readdir(header, 0, 0, size, 0, 0, 0)).error())
        .isEqualTo(Errno.EINVAL);
    assertThat(logged.lines())
        .containsExactly(
            "WARN refused READ: size is %s, expected at most 16777216"
                .formatted(Integer.toUnsignedString(size)),
            "WARN refused READDIR: size is %s, expected at most 16777216"
                .formatted(Integer.toUnsignedString(size)));
    assertThat(kernel.ask(Requests.read(8, 16 << 20)).error()).isNull();
  }

  @Test
  void requestsCarryWhatTheKernelSent() {
    LinkedBlockingQueue<Lookup> seen = new LinkedBlockingQueue<>();
    fileSystem.lookup =
        (request, reply) -> {
          seen.add(request);
          reply.error(Errno.ENOENT);
        };

    assertThat(kernel.ask(Opcode.LOOKUP, 4).error()).isEqualTo(Errno.ENOENT);

    Lookup lookup = seen.remove();
    assertThat(lookup.name()).isEqualTo(Requests.NAME);
    assertThat(lookup.nodeid()).isEqualTo(Requests.NODEID);
    assertThat(lookup.uid()).isEqualTo(1000);
  }

  @Test
  void theDataOfAWriteIsThatOfTheMessage() {
    fileSystem.write =
        (request, reply) -> {
          assertThat(request.data().toString(US_ASCII)).isEqualTo(Requests.DATA);
          reply.written(request.size());
        };

    assertThat(kernel.ask(Opcode.WRITE, 4).error()).isNull();
    assertThat(logged.lines()).isEmpty();
  }

  private static boolean fails(Runnable completion) {
    try {
      completion.run();
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
