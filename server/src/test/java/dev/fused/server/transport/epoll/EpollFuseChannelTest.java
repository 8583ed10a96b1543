package dev.fused.server.transport.epoll;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.fused.filesystem.CachePolicy;
import dev.fused.filesystem.StatusReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Write;
import dev.fused.server.linux.Libc;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.pipeline.EmbeddedKernel.Answer;
import dev.fused.server.pipeline.FusePipeline;
import dev.fused.server.pipeline.Logged;
import dev.fused.server.pipeline.NoLeaks;
import dev.fused.server.pipeline.Requests;
import dev.fused.server.pipeline.ScriptedFileSystem;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.SessionOptions;
import dev.fused.server.transport.ReceiveBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoLeaks.class)
@Timeout(120)
class EpollFuseChannelTest {
  private static final int BUFFER_SIZE = 8192;

  private final ScriptedFileSystem fileSystem = new ScriptedFileSystem();
  private final AtomicInteger destroyed = new AtomicInteger();
  private final Logged logged = new Logged("dev.fused.server");
  private final FuseSession session = new FuseSession(fileSystem, SessionOptions.DEFAULT);
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final List<SocketKernel> kernels = new ArrayList<>();
  private final List<EpollFuseChannel> channels = new ArrayList<>();
  private final BlockingQueue<HeldWrite> writes = new LinkedBlockingQueue<>();

  /** A WRITE that the file system has not answered yet. */
  private record HeldWrite(Write request, Runnable complete) {
    String text() {
      return request.data().toString(US_ASCII);
    }
  }

  EpollFuseChannelTest() {
    fileSystem.destroy = destroyed::incrementAndGet;
    fileSystem.getattr =
        (request, reply) -> reply.attributes(Attributes.file(9).build(), CachePolicy.NONE);
    fileSystem.write =
        (request, reply) -> writes.add(new HeldWrite(request, () -> reply.written(request.size())));
  }

  @AfterEach
  void close() {
    shutdown();
    kernels.forEach(SocketKernel::close);
    logged.close();
  }

  private void shutdown() {
    channels.forEach(channel -> channel.close().awaitUninterruptibly());
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** A kernel that waits for a channel. */
  private SocketKernel kernel() throws IOException {
    SocketKernel kernel = new SocketKernel();
    kernels.add(kernel);
    return kernel;
  }

  /** Serves a kernel. */
  private EpollFuseChannel serve(SocketKernel kernel, ReceiveBuffers buffers) {
    EpollFuseChannel channel =
        new EpollFuseChannel(
            session, kernel.device(), buffers, new BusyPolling(new AtomicBoolean(), 2));
    channels.add(channel);
    session.channelOpened();
    FusePipeline.install(channel.pipeline(), session, new LoopClock(), null);
    group.register(channel).syncUninterruptibly();
    return channel;
  }

  private SocketKernel mount(int buffers) throws IOException {
    SocketKernel kernel = kernel();
    serve(kernel, new ReceiveBuffers(BUFFER_SIZE, buffers));
    return kernel.init();
  }

  /** Returns when the loop has done what it had to do before this call. */
  private void awaitLoop() {
    for (int i = 0; i < 3; i++) {
      group.next().submit(() -> {}).syncUninterruptibly();
    }
  }

  private static Write write(long unique, String text) {
    return Requests.write(unique, Unpooled.copiedBuffer(text, US_ASCII));
  }

  private static Set<Long> receive(SocketKernel kernel, int count) {
    Set<Long> uniques = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      uniques.add(kernel.receive().unique());
    }
    return uniques;
  }

  @Test
  void eachRequestIsAnsweredInOneMessageInOrder() throws IOException {
    SocketKernel kernel = mount(2);

    for (long unique = 4; unique < 2004; unique += 2) {
      Answer answer = kernel.ask(Requests.of(Opcode.GETATTR, unique));
      assertThat(answer.error()).isNull();
    }
  }

  /** More than are read in one go, before the loop looks elsewhere. */
  @Test
  void requestsThatAreThereBeforeTheChannelAreAllRead() throws IOException {
    SocketKernel kernel = kernel();
    kernel.send(Requests.init(2, 7, 45, 0));
    for (long unique = 4; unique < 204; unique += 2) {
      kernel.send(Requests.of(Opcode.GETATTR, unique));
    }

    serve(kernel, new ReceiveBuffers(BUFFER_SIZE, 2));

    assertThat(receive(kernel, 101)).hasSize(101);
    assertThat(kernel.isReadable()).isFalse();
  }

  @Test
  void aReplyFromAnotherThreadGoesOut() throws IOException {
    List<StatusReply> waiting = new CopyOnWriteArrayList<>();
    fileSystem.setlkw = (request, reply) -> waiting.add(reply);
    SocketKernel kernel = mount(2);
    for (long unique = 4; unique < 104; unique += 2) {
      kernel.send(Requests.of(Opcode.SETLKW, unique));
    }
    kernel.ask(Requests.of(Opcode.GETATTR, 104));

    waiting.parallelStream().forEach(StatusReply::ok);

    assertThat(receive(kernel, 50)).hasSize(50);
    assertThat(session.inFlight().size()).isZero();
  }

  @Test
  void aFileSystemThatBlocksHoldsUpNobody() throws Exception {
    BlockingQueue<String> permits = new LinkedBlockingQueue<>();
    fileSystem.blocking = true;
    fileSystem.unlink =
        (request, reply) -> {
          try {
            permits.take();
            reply.ok();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    SocketKernel kernel = mount(2);
    for (long unique = 4; unique < 104; unique += 2) {
      kernel.send(Requests.of(Opcode.UNLINK, unique));
    }

    assertThat(kernel.ask(Requests.of(Opcode.GETATTR, 104)).error()).isNull();
    for (int i = 0; i < 50; i++) {
      permits.put("one");
    }

    assertThat(receive(kernel, 50)).hasSize(50);
  }

  @Test
  void theDataOfAWriteStaysWhileFurtherRequestsAreRead() throws Exception {
    SocketKernel kernel = mount(10);
    for (int i = 0; i < 9; i++) {
      kernel.send(write(4 + 2 * i, "data " + i));
      kernel.ask(Requests.of(Opcode.GETATTR, 100 + 2 * i));
    }

    for (int i = 0; i < 9; i++) {
      HeldWrite write = writes.take();
      assertThat(write.text()).isEqualTo("data " + i);
      write.complete().run();
    }

    assertThat(receive(kernel, 9)).hasSize(9);
  }

  @Test
  void withAllBuffersLentReadingPausesAndGoesOnWithTheFirstThatComesBack() throws Exception {
    SocketKernel kernel = mount(3);
    for (long unique = 1000; unique <= 50_000; unique += 1000) {
      for (long i = 0; i < 3; i++) {
        kernel.send(write(unique + 2 * i, "data " + i));
      }
      for (long i = 0; i < 10; i++) {
        kernel.send(Requests.of(Opcode.GETATTR, unique + 100 + 2 * i));
      }
      HeldWrite first = writes.take();
      HeldWrite second = writes.take();
      HeldWrite third = writes.take();
      awaitLoop();
      assertThat(kernel.isReadable()).as("an answer while all buffers are lent").isFalse();

      second.complete().run();

      assertThat(receive(kernel, 11)).hasSize(11);
      assertThat(first.text()).isEqualTo("data 0");
      assertThat(third.text()).isEqualTo("data 2");
      first.complete().run();
      third.complete().run();
      receive(kernel, 2);
    }
    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void withOneBufferEachWriteIsAnsweredBeforeTheNextIsRead() throws Exception {
    SocketKernel kernel = mount(1);
    for (long unique = 4; unique < 104; unique += 2) {
      kernel.send(write(unique, "data " + unique));
    }

    for (long unique = 4; unique < 104; unique += 2) {
      HeldWrite write = writes.take();
      assertThat(write.text()).isEqualTo("data " + unique);
      assertThat(writes).isEmpty();
      write.complete().run();
      assertThat(kernel.receive().unique()).isEqualTo(unique);
    }
  }

  @Test
  void aChannelThatClosedDoesNotSwallowTheBufferThatAnotherWaitsFor() throws Exception {
    SocketKernel one = kernel();
    SocketKernel two = kernel();
    ReceiveBuffers buffers = new ReceiveBuffers(BUFFER_SIZE, 3);
    EpollFuseChannel first = serve(one, buffers);
    one.init();
    serve(two, buffers);
    one.send(write(4, "one"));
    one.send(write(6, "two"));
    HeldWrite held = writes.take();
    writes.take();
    two.send(write(8, "three"));
    writes.take();
    awaitLoop();
    first.close().syncUninterruptibly();

    held.complete().run();

    assertThat(two.ask(Requests.of(Opcode.GETATTR, 10)).error()).isNull();
  }

  @Test
  void aReplyThatIsCompletedAfterTheLoopHasEndedGoesNowhere() throws Exception {
    SocketKernel kernel = mount(1);
    kernel.send(write(4, "data"));
    HeldWrite held = writes.take();
    awaitLoop();
    shutdown();

    assertThatCode(held.complete()::run).doesNotThrowAnyException();

    assertThat(held.request().data().refCnt()).isZero();
    assertThat(logged.lines()).isEmpty();
  }

  /** The number of a closed descriptor is given to the next file that the process opens. */
  @Test
  void aLateReplyIsNotWrittenToWhateverHasTheDescriptorNow() throws Exception {
    SocketKernel kernel = mount(2);
    kernel.send(write(4, "data"));
    HeldWrite held = writes.take();
    SocketKernel next = kernel();
    int old = kernel.device().fd();
    channels.getFirst().close().syncUninterruptibly();
    assertThat(Libc.dup2(next.device().fd(), old)).isEqualTo(old);

    held.complete().run();
    awaitLoop();

    assertThat(next.isReadable()).isFalse();
    Libc.close(old);
  }

  @Test
  void whenThePeerClosesTheSessionEndsAndTheFileSystemIsDestroyedOnce() throws Exception {
    SocketKernel kernel = mount(2);
    assertThat(kernel.ask(Requests.of(Opcode.GETATTR, 4)).error()).isNull();

    kernel.close();
    session.ended().get();
    shutdown();

    assertThat(destroyed).hasValue(1);
    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void aPeerThatClosesBeforeItHasReadAllAnswersIsNoError() throws Exception {
    SocketKernel kernel = mount(2);
    for (int i = 0; i < 20; i++) {
      kernel.send(Requests.of(Opcode.GETATTR, 4 + 2 * i));
    }

    kernel.close();
    session.ended().get();
    shutdown();

    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void theFileSystemIsDestroyedAfterTheLastOfAllChannels() throws Exception {
    SocketKernel one = kernel();
    SocketKernel two = kernel();
    ReceiveBuffers buffers = new ReceiveBuffers(BUFFER_SIZE, 4);
    serve(one, buffers);
    one.init();
    serve(two, buffers);

    one.close();
    channels.getFirst().closeFuture().sync();
    assertThat(two.ask(Requests.of(Opcode.GETATTR, 4)).error()).isNull();
    assertThat(destroyed).hasValue(0);

    two.close();
    session.ended().get();
    assertThat(destroyed).hasValue(1);
  }

  /** Only the clone that read it again has it in its table of requests. */
  @Test
  void aRequestThatComesAgainOnAnotherChannelIsAnsweredThere() throws Exception {
    SocketKernel one = kernel();
    SocketKernel two = kernel();
    ReceiveBuffers buffers = new ReceiveBuffers(BUFFER_SIZE, 4);
    serve(one, buffers);
    one.init();
    serve(two, buffers);
    one.send(write(4, "data"));
    HeldWrite held = writes.take();
    one.ask(Requests.of(Opcode.GETATTR, 6));

    two.send(write(4 | RequestHeader.RESENT, "data"));
    two.ask(Requests.of(Opcode.GETATTR, 8));
    assertThat(held.text()).isEqualTo("data");
    held.complete().run();

    Answer answer = two.receive();
    assertThat(answer.unique()).isEqualTo(4 | RequestHeader.RESENT);
    assertThat(answer.error()).isNull();
    assertThat(one.isReadable()).isFalse();
    assertThat(writes).isEmpty();
  }

  @Test
  void closingTheChannelClosesTheDevice() throws IOException {
    SocketKernel kernel = mount(2);

    channels.getFirst().close().syncUninterruptibly();

    assertThat(kernel.device().isOpen()).isFalse();
    kernel.awaitHangup();
    assertThat(session.ended()).isCompleted();
  }

  @Test
  void dataIsGatheredFromPiecesOfEveryKind() throws IOException {
    fileSystem.read =
        (request, reply) ->
            reply.data(
                direct("direct "),
                direct("xxslice ").skipBytes(2),
                Unpooled.EMPTY_BUFFER,
                Unpooled.wrappedUnmodifiableBuffer(direct("several "), direct("in one ")),
                direct("read-only").asReadOnly());
    SocketKernel kernel = mount(2);

    assertThat(kernel.ask(Requests.read(4, 4096)).body().toString(US_ASCII))
        .isEqualTo("direct slice several in one read-only");
  }

  @Test
  void dataInHeapBuffersIsCopiedInOrder() throws IOException {
    fileSystem.read =
        (request, reply) ->
            reply.data(
                direct("direct "),
                Unpooled.copiedBuffer("heap ", US_ASCII),
                Unpooled.wrappedBuffer(direct("com"), Unpooled.copiedBuffer("posite", US_ASCII)));
    SocketKernel kernel = mount(2);

    assertThat(kernel.ask(Requests.read(4, 4096)).body().toString(US_ASCII))
        .isEqualTo("direct heap composite");
  }

  @Test
  void dataInMorePiecesThanOneWriteTakesIsWhole() throws IOException {
    for (int count : new int[] {1023, 1024, 3000}) {
      ByteBuf[] pieces = new ByteBuf[count];
      StringBuilder expected = new StringBuilder();
      for (int i = 0; i < count; i++) {
        pieces[i] = direct(i + " ");
        expected.append(i).append(' ');
      }
      fileSystem.read = (request, reply) -> reply.data(pieces);
      SocketKernel kernel = channels.isEmpty() ? mount(2) : kernels.getFirst();

      Answer answer = kernel.ask(Requests.read(4 + count, 1 << 16));

      assertThat(answer.body().toString(US_ASCII)).isEqualTo(expected.toString());
      awaitLoop();
      assertThat(Stream.of(pieces).mapToInt(ByteBuf::refCnt).sum()).isZero();
    }
  }

  @Test
  void aMessageThatIsShorterThanAHeaderIsLoggedAndTheNextIsRead() throws IOException {
    SocketKernel kernel = mount(2);

    kernel.sendBytes(Unpooled.buffer().writeZero(39));

    assertThat(kernel.ask(Requests.of(Opcode.GETATTR, 6)).error()).isNull();
    assertThat(logged.lines())
        .singleElement()
        .asString()
        .startsWith("WARN malformed message of 39 bytes: ");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 39, 41, Integer.MAX_VALUE, -1})
  void aMessageThatSaysAnotherLengthThanItHasAnswersEio(int len) throws IOException {
    SocketKernel kernel = mount(2);
    ByteBuf message = Unpooled.buffer();
    Requests.header(Opcode.STATFS, 4).encode(message);

    kernel.sendBytes(message.setIntLE(0, len));

    assertThat(kernel.receive().error()).isEqualTo(Errno.EIO);
    assertThat(kernel.ask(Requests.of(Opcode.GETATTR, 6)).error()).isNull();
    assertThat(logged.lines())
        .singleElement()
        .asString()
        .startsWith("WARN malformed request: STATFS 4: len is ");
  }

  @Test
  void aFileSystemThatAnswersWithABrokenBufferKeepsItsMount() throws IOException {
    ByteBuf broken = direct("broken");
    broken.release();
    fileSystem.read = (request, reply) -> reply.data(broken);
    SocketKernel kernel = mount(2);

    assertThat(kernel.ask(Requests.read(4, 4096)).error()).isEqualTo(Errno.EIO);
    assertThat(kernel.ask(Requests.of(Opcode.GETATTR, 6)).error()).isNull();
  }

  private static ByteBuf direct(String text) {
    return Unpooled.directBuffer().writeBytes(text.getBytes(US_ASCII));
  }
}
