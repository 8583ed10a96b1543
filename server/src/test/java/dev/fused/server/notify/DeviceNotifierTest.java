package dev.fused.server.notify;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.Connection;
import dev.fused.filesystem.NotificationException;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.reply.Notification;
import dev.fused.protocol.request.NotifyReply;
import dev.fused.server.capture.CaptureReader;
import dev.fused.server.capture.CaptureWriter;
import dev.fused.server.capture.CapturedFrame;
import dev.fused.server.capture.FrameKind;
import dev.fused.server.pipeline.EmbeddedKernel.Answer;
import dev.fused.server.pipeline.Logged;
import dev.fused.server.pipeline.NoLeaks;
import dev.fused.server.pipeline.Requests;
import dev.fused.server.transport.epoll.SocketKernel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(NoLeaks.class)
@Timeout(60)
class DeviceNotifierTest {
  /** The number of the first retrieval. */
  private static final long FIRST = (1L << 62) + 2;

  private static final FileName NAME = FileName.of("name");
  private static final Set<InitFlag> FLAGS = Set.of(InitFlag.HAS_EXPIRE_ONLY, InitFlag.HAS_RESEND);

  private final SocketKernel kernel = new SocketKernel();
  private final DeviceNotifier notifier = new DeviceNotifier();
  private final Logged logged = new Logged("dev.fused.server");

  DeviceNotifierTest() throws IOException {
    notifier.attach(kernel.device(), "test notify", Runnable::run);
  }

  @AfterEach
  void close() throws InterruptedException {
    notifier.close();
    kernel.close();
    kernel.device().close();
    assertThat(notifier.awaitEnd(Duration.ofMinutes(1))).isTrue();
    logged.close();
  }

  private DeviceNotifier speaking(int minor, Set<InitFlag> flags) {
    ProtocolVersion version = new ProtocolVersion(7, minor);
    notifier.negotiated(new Connection(version, version, flags, 4096, 1, 0));
    notifier.begin();
    return notifier;
  }

  private Notification received() {
    Answer message = kernel.receive();
    assertThat(message.unique()).isZero();
    return Notification.decode(message.header().error(), message.body());
  }

  private static ByteBuf data(String text) {
    return Unpooled.copiedBuffer(text, US_ASCII);
  }

  @Test
  void aNotificationIsCapturedAsItIsSent() throws IOException {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    try (CaptureWriter capture =
        new CaptureWriter(Channels.newChannel(file), "capture", InstantSource.system())) {
      notifier.captureTo(capture);
      speaking(45, FLAGS).invalidateEntry(1, NAME).join();
    }

    CaptureReader reader =
        new CaptureReader(new ByteArrayInputStream(file.toByteArray()), "capture");
    CapturedFrame frame = reader.next();
    ByteBuf sent = Unpooled.buffer();
    new Notification.InvalEntry(1, 0, NAME).encode(sent);
    assertThat(frame.kind()).isEqualTo(FrameKind.NOTIFICATION);
    assertThat(frame.channel()).isEqualTo(CaptureWriter.NOTIFICATION_CHANNEL);
    assertThat(Unpooled.wrappedBuffer(frame.bytes())).isEqualTo(sent);
    assertThat(reader.next()).isNull();
  }

  /** Each method, what it sends, and the minor that it needs. */
  record Case(Function<DeviceNotifier, CompletableFuture<?>> call, int minor, Notification sent) {}

  static Stream<Case> cases() {
    return Stream.of(
        new Case(n -> n.pollWakeup(7), 11, new Notification.PollWakeup(7)),
        new Case(n -> n.invalidateData(5), 12, new Notification.InvalInode(5, 0, 0)),
        new Case(n -> n.invalidateData(5, 10, 20), 12, new Notification.InvalInode(5, 10, 20)),
        new Case(n -> n.invalidateAttributes(5), 12, new Notification.InvalInode(5, -1, 0)),
        new Case(n -> n.invalidateEntry(1, NAME), 12, new Notification.InvalEntry(1, 0, NAME)),
        new Case(n -> n.expireEntry(1, NAME), 12, new Notification.InvalEntry(1, 1, NAME)),
        new Case(n -> n.store(5, 10, data("x")), 15, new Notification.Store(5, 10, data("x"))),
        new Case(n -> n.retrieve(5, 10, 20), 15, new Notification.Retrieve(FIRST, 5, 10, 20)),
        new Case(n -> n.delete(1, 5, NAME), 18, new Notification.Delete(1, 5, NAME)),
        new Case(DeviceNotifier::resend, 40, new Notification.Resend()),
        new Case(DeviceNotifier::incrementEpoch, 44, new Notification.IncEpoch()),
        new Case(n -> n.prune(List.of(5L, 6L)), 45, new Notification.Prune(List.of(5L, 6L))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void eachMethodSendsItsNotification(Case one) {
    CompletableFuture<?> future = one.call().apply(speaking(one.minor(), FLAGS));

    assertThat(received()).isEqualTo(one.sent());
    if (!(one.sent() instanceof Notification.Retrieve)) {
      assertThat(future).succeedsWithin(1, TimeUnit.MINUTES);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatTheKernelIsTooOldForIsNotSent(Case one) {
    CompletableFuture<?> future = one.call().apply(speaking(one.minor() - 1, FLAGS));

    assertThat(future.exceptionNow())
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining(" needs FUSE 7." + one.minor() + ", not 7." + (one.minor() - 1));
    assertThat(kernel.isReadable()).isFalse();
  }

  @Test
  void whatTheKernelDoesNotAnnounceIsNotSent() {
    DeviceNotifier plain = speaking(45, Set.of());

    assertThat(plain.expireEntry(1, NAME).exceptionNow())
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(
            "InvalEntry[parent=1, flags=1, name=name] needs the kernel to announce"
                + " HAS_EXPIRE_ONLY");
    assertThat(plain.resend().exceptionNow())
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage("Resend[] needs the kernel to announce HAS_RESEND");
    assertThat(plain.invalidateEntry(1, NAME)).succeedsWithin(1, TimeUnit.MINUTES);
  }

  @Test
  void beforeInitThereIsNobodyToTell() {
    assertThatThrownBy(() -> notifier.pollWakeup(7)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void nothingIsSentBeforeInitIsAnswered() throws Exception {
    ProtocolVersion version = ProtocolVersion.LATEST;
    notifier.negotiated(new Connection(version, version, FLAGS, 4096, 1, 0));
    CompletableFuture<Void> first = notifier.pollWakeup(7);
    CompletableFuture<Void> same = notifier.pollWakeup(7);
    assertThat(kernel.isReadable()).isFalse();
    assertThat(first).isNotDone();

    notifier.begin();

    first.get();
    same.get();
    assertThat(received()).isEqualTo(new Notification.PollWakeup(7));
    assertThat(kernel.isReadable()).as("a second one").isFalse();
  }

  @Test
  void whoGivesUpAResultLeavesItToTheOthers() throws Exception {
    ProtocolVersion version = ProtocolVersion.LATEST;
    notifier.negotiated(new Connection(version, version, FLAGS, 4096, 1, 0));
    CompletableFuture<Void> first = notifier.pollWakeup(7);
    CompletableFuture<Void> same = notifier.pollWakeup(7);
    first.cancel(false);

    notifier.begin();

    assertThat(same).succeedsWithin(1, TimeUnit.MINUTES);
  }

  @Test
  void retrievedDataComesToWhoAskedForIt() throws Exception {
    CompletableFuture<byte[]> one = speaking(45, FLAGS).retrieve(5, 0, 10);
    CompletableFuture<byte[]> two = notifier.retrieve(5, 10, 10);

    notifier.retrieved(
        new NotifyReply(Requests.header(Opcode.NOTIFY_REPLY, FIRST + 2), 10, 3, data("two")));
    notifier.retrieved(
        new NotifyReply(Requests.header(Opcode.NOTIFY_REPLY, FIRST), 0, 3, data("one")));

    assertThat(one.get()).asString(US_ASCII).isEqualTo("one");
    assertThat(two.get()).asString(US_ASCII).isEqualTo("two");
  }

  @Test
  void theEndFailsWhatWaitsAndWhatComesLater() {
    ProtocolVersion version = ProtocolVersion.LATEST;
    notifier.negotiated(new Connection(version, version, FLAGS, 4096, 1, 0));
    List<CompletableFuture<?>> futures = new ArrayList<>();
    cases().forEach(one -> futures.add(one.call().apply(notifier)));

    notifier.close();

    cases().forEach(one -> futures.add(one.call().apply(notifier)));
    for (CompletableFuture<?> future : futures) {
      assertThat(future.exceptionNow())
          .isInstanceOf(NotificationException.class)
          .hasMessage("the mount has ended: ENODEV (no such device)");
    }
    assertThat(((NotificationException) futures.getFirst().exceptionNow()).errno())
        .isEqualTo(Errno.ENODEV);
  }

  @Test
  void theEndFailsWhatIsRetrieved() {
    CompletableFuture<byte[]> asked = speaking(45, FLAGS).retrieve(5, 0, 10);
    received();

    notifier.close();

    assertThat(asked)
        .failsWithin(1, TimeUnit.MINUTES)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(NotificationException.class);
  }

  @Test
  void withoutADeviceAllFailsWithTheReason() {
    kernel.device().close();

    CompletableFuture<Void> future = speaking(45, FLAGS).pollWakeup(7);

    assertThat(future)
        .failsWithin(1, TimeUnit.MINUTES)
        .withThrowableThat()
        .havingCause()
        .isInstanceOf(NotificationException.class)
        .withMessageContaining("notifications cannot be sent (");
    assertThat(logged.lines()).containsExactly("ERROR no notifications are sent any more");
  }

  @Test
  void whatNoFileCanHaveIsRefused() {
    speaking(45, FLAGS);
    ByteBuf data = data("x");

    assertThatThrownBy(() -> notifier.store(5, -1, data))
        .hasMessage("offset must be 0 or more, but is -1");
    assertThat(data.refCnt()).isZero();
    assertThatThrownBy(() -> notifier.invalidateData(5, 0, -2))
        .hasMessage("length must be 0 or more, but is -2");
    assertThatThrownBy(() -> notifier.retrieve(5, 0, -1))
        .hasMessage("size must be 0 or more, but is -1");
  }
}
