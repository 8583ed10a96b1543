package dev.fused.server.transport.epoll;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.server.pipeline.Logged;
import dev.fused.server.pipeline.NoLeaks;
import dev.fused.server.pipeline.Requests;
import dev.fused.server.pipeline.ScriptedFileSystem;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.SessionOptions;
import io.netty.buffer.Unpooled;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
@Timeout(120)
class EpollTransportTest {
  private static final int MAX_WRITE = 1 << 16;

  private final ScriptedFileSystem fileSystem = new ScriptedFileSystem();
  private final AtomicInteger destroyed = new AtomicInteger();
  private final Logged logged = new Logged("dev.fused.server");
  private final List<String> wireLog = new CopyOnWriteArrayList<>();
  private final FuseSession session = new FuseSession(fileSystem, SessionOptions.DEFAULT);
  private final List<SocketKernel> kernels = new ArrayList<>();
  private final EpollTransport transport =
      new EpollTransport(session, 2, MAX_WRITE, wireLog::add, "test loop");

  EpollTransportTest() {
    fileSystem.destroy = destroyed::incrementAndGet;
  }

  @AfterEach
  void close() {
    transport.close();
    kernels.forEach(SocketKernel::close);
    logged.close();
  }

  private SocketKernel start() throws IOException {
    SocketKernel kernel = new SocketKernel();
    kernels.add(kernel);
    transport.start(kernel.device());
    return kernel;
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("test loop"))
        .count();
  }

  @Test
  void messagesAreLoggedOnTheWireLog() throws IOException {
    start().init().ask(Requests.of(Opcode.GETATTR, 4));

    assertThat(wireLog).hasSize(4);
    assertThat(wireLog.get(2)).startsWith("<- #4 GETATTR ");
    assertThat(wireLog.get(3)).isEqualTo("-> #4 GETATTR -> ENOSYS");
  }

  @Test
  void notificationsAreWrittenAndLoggedOnTheWireLog() throws Exception {
    SocketKernel kernel = start().init();

    session.notifier().pollWakeup(7).get();

    assertThat(kernel.receive().unique()).isZero();
    assertThat(wireLog).last().isEqualTo("-> PollWakeup[kh=7]: accepted");
  }

  /** What is half done when requests are to come again could be answered in the wrong place. */
  @Test
  void requestsAreResentWhileNoLoopIsInTheMiddleOfOne() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    fileSystem.unlink =
        (request, reply) -> {
          inside.countDown();
          await(leave);
          reply.ok();
        };
    SocketKernel kernel = new SocketKernel();
    kernels.add(kernel);
    transport.start(kernel.device());
    kernel.send(Requests.init(2, 7, 45, InitFlag.HAS_RESEND.bit()));
    kernel.receive();
    kernel.send(Requests.of(Opcode.UNLINK, 4));
    inside.await();

    CompletableFuture<Void> resent = session.notifier().resend();
    CompletableFuture<Void> behind = session.notifier().pollWakeup(7);
    assertThat(kernel.isReadable()).isFalse();
    leave.countDown();

    assertThat(kernel.receive().unique()).as("the answer").isEqualTo(4);
    assertThat(kernel.receive().header().error()).as("RESEND").isEqualTo(7);
    resent.get();
    behind.get();
    assertThat(kernel.receive().header().error()).as("POLL").isEqualTo(1);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void closeClosesAllDevicesEndsTheSessionAndTheThreads() throws IOException {
    SocketKernel one = start().init();
    SocketKernel two = start();
    one.ask(Requests.of(Opcode.GETATTR, 4));
    two.ask(Requests.of(Opcode.GETATTR, 6));
    assertThat(threads()).isEqualTo(2);

    transport.close();

    assertThat(one.device().isOpen()).isFalse();
    assertThat(two.device().isOpen()).isFalse();
    assertThat(session.ended()).isCompleted();
    assertThat(destroyed).hasValue(1);
    while (threads() > 0) { // they are past their last task
      Thread.onSpinWait();
    }
  }

  @Test
  void closeGivesTheReceiveBuffersBack() throws IOException {
    long before = PlatformDependent.usedDirectMemory();
    EpollTransport other = new EpollTransport(session, 1, 1 << 20, null, "other loop");
    SocketKernel kernel = new SocketKernel();
    kernels.add(kernel);
    other.start(kernel.device());
    kernel.init();
    assertThat(PlatformDependent.usedDirectMemory()).isGreaterThan(before + (1 << 20));

    other.close();

    assertThat(PlatformDependent.usedDirectMemory()).isLessThan(before + (1 << 20));
  }

  @Test
  void closeTwiceIsCloseOnce() throws IOException {
    start().init();

    transport.close();
    transport.close();

    assertThat(destroyed).hasValue(1);
    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void requestsThatAreInFlightWhenTheTransportClosesAreInterruptedFirst() throws Exception {
    BlockingQueue<String> calls = new LinkedBlockingQueue<>();
    fileSystem.destroy = () -> calls.add("destroy");
    fileSystem.setlkw =
        (request, reply) -> {
          reply.onInterrupt(() -> calls.add("interrupt"));
          calls.add("waiting");
        };
    start().init().send(Requests.of(Opcode.SETLKW, 4));
    assertThat(calls.take()).isEqualTo("waiting");

    transport.close();

    assertThat(calls).containsExactly("interrupt", "destroy");
  }

  @Test
  void dataThatIsStillInUseWhenTheTransportClosesStaysValid() throws Exception {
    BlockingQueue<Runnable> completions = new LinkedBlockingQueue<>();
    fileSystem.write =
        (request, reply) ->
            completions.add(
                () -> {
                  assertThat(request.data().toString(US_ASCII)).isEqualTo("data");
                  reply.written(4);
                  assertThat(request.data().refCnt()).isZero();
                });
    start().init().send(Requests.write(4, Unpooled.copiedBuffer("data", US_ASCII)));
    Runnable completion = completions.take();

    transport.close();

    completion.run();
  }

  /** Otherwise one call that never returns would keep the process from ending. */
  @Test
  void closeReturnsEvenIfTheFileSystemHoldsALoop() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    fileSystem.unlink =
        (request, reply) -> {
          entered.countDown();
          try {
            released.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          reply.ok();
        };
    start().init().send(Requests.of(Opcode.UNLINK, 4));
    entered.await();

    transport.close();

    assertThat(session.ended()).isNotDone();
    assertThat(logged.lines())
        .singleElement()
        .asString()
        .startsWith("ERROR the threads \"test loop\" do not end");
    released.countDown();
    session.ended().get();
  }
}
