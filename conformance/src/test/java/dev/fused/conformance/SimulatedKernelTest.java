package dev.fused.conformance;

import static dev.fused.conformance.FakeServer.body;
import static dev.fused.conformance.FakeServer.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.AttrOut;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.EntryOut;
import dev.fused.protocol.reply.Notification;
import dev.fused.protocol.reply.OpenOut;
import dev.fused.protocol.request.Forget;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.Getattr;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.NotifyReply;
import dev.fused.protocol.request.Open;
import dev.fused.protocol.request.Release;
import dev.fused.protocol.request.RequestHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SimulatedKernelTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final byte[] NOTHING = {};

  private SimulatedKernel kernel;

  @AfterEach
  void close() {
    if (kernel != null) {
      kernel.close();
    }
  }

  @Test
  void aGoodAnswerIsTaken() throws IOException {
    connect(request -> List.of(goodAttributes(request)));

    assertThat(getattr().attributes().isDirectory()).isTrue();
    assertThat(kernel.takeViolations()).isEmpty();
  }

  @Test
  void anAnswerThatIsTooShortBreaksARule() throws IOException {
    connect(request -> List.of(message(0, request.unique(), new byte[100])));

    assertThatThrownBy(() -> getattr().ok())
        .isInstanceOf(LawBroken.class)
        .hasMessageContaining("GETATTR");
  }

  @Test
  void anAnswerThatIsTooLongBreaksARule() throws IOException {
    connect(request -> List.of(message(0, request.unique(), new byte[112])));

    assertThatThrownBy(() -> getattr().ok()).hasMessageContaining("112 bytes, expected 104");
  }

  @Test
  void anErrorWithABodyBreaksARule() throws IOException {
    connect(request -> List.of(message(-2, request.unique(), new byte[8])));

    assertThatThrownBy(() -> getattr().fails(Errno.ENOENT)).hasMessageContaining("8 bytes follow");
  }

  @Test
  void anErrorOutOfRangeIsAViolationAndTheRequestStillWaits() throws IOException {
    connect(
        request ->
            List.of(
                message(5, request.unique(), NOTHING),
                message(-512, request.unique(), NOTHING),
                goodAttributes(request)));

    getattr().ok();
    assertThat(kernel.takeViolations())
        .hasSize(2)
        .allMatch(violation -> violation.contains("expected 0 to -511"));
  }

  @Test
  void aSecondAnswerIsAViolation() throws IOException {
    connect(request -> List.of(goodAttributes(request), goodAttributes(request)));

    long first = getattr().request().unique();
    getattr().ok();
    assertThat(kernel.takeViolations())
        .anyMatch(violation -> violation.contains("unique " + first + " "));
  }

  @Test
  void aWrongLengthInTheHeaderIsAViolation() throws IOException {
    connect(request -> List.of(message(99, 0, request.unique(), NOTHING), goodAttributes(request)));

    getattr().ok();
    assertThat(kernel.takeViolations())
        .containsExactly("a message of 16 bytes says in its header that it has 99");
  }

  @Test
  void noAnswerInTimeBreaksTheLaw() throws IOException {
    kernel =
        SimulatedKernel.connect(
            new FakeServer(_ -> List.of()), KernelPreset.parse("6.18"), Duration.ofMillis(200));
    // INIT is answered, and nothing else.
    kernel.negotiate();

    assertThatThrownBy(this::getattr)
        .isInstanceOf(LawBroken.class)
        .hasMessage("GETATTR was not answered within 200 ms");
  }

  @Test
  void aServerThatClosesIsGone() throws IOException {
    connect(_ -> null);

    assertThatThrownBy(this::getattr)
        .isInstanceOf(ServerGone.class)
        .hasMessageContaining("closed the device; it is a fake");
  }

  @Test
  void lookupsAreCountedUntilTheyAreForgotten() throws IOException {
    connect(request -> List.of(message(0, request.unique(), body(entry(7, 0, 0100644)))));

    lookup("a").ok();
    lookup("a").ok();
    assertThat(kernel.lookups().count(7)).isEqualTo(2);
    kernel.send(new Forget(header(Opcode.FORGET, 7), 2));
    assertThat(kernel.lookups().count(7)).isZero();
  }

  @Test
  void aNodeidInUseCannotGetAnotherGenerationOrType() throws IOException {
    Queue<EntryOut> entries =
        new ArrayDeque<>(List.of(entry(7, 0, 0100644), entry(7, 1, 0100644), entry(7, 0, 0040755)));
    connect(request -> List.of(message(0, request.unique(), body(entries.remove()))));

    lookup("a").ok();
    assertThatThrownBy(() -> lookup("b").ok()).hasMessageContaining("generation 1");
    assertThatThrownBy(() -> lookup("c").ok()).hasMessageContaining("the type of nodeid 7");
  }

  @Test
  void handlesAreOpenUntilTheirRelease() throws IOException {
    connect(
        request ->
            List.of(
                request instanceof Open
                    ? message(0, request.unique(), body(new OpenOut(42, 0, 0)))
                    : message(0, request.unique(), NOTHING)));

    kernel.call(new Open(header(Opcode.OPEN, 7), 0, 0)).ok();
    assertThat(kernel.handles().open()).containsExactly(new Handles.Handle(7, 42, false));
    kernel.call(new Release(header(Opcode.RELEASE, 7), 42, 0, 0, 0)).ok();
    assertThat(kernel.handles().open()).isEmpty();
  }

  @Test
  void aRetrieveIsAnsweredAsByAnEmptyCache() throws Exception {
    BlockingQueue<FuseRequest> replies = new LinkedBlockingQueue<>();
    connect(
        request -> {
          if (request instanceof NotifyReply) {
            replies.add(request);
            return List.of();
          }
          return List.of(
              notification(new Notification.Retrieve(77, 1, 4096, 100)), goodAttributes(request));
        });

    getattr().ok();
    NotifyReply reply = (NotifyReply) replies.poll(30, TimeUnit.SECONDS);
    assertThat(reply.unique()).isEqualTo(77);
    assertThat(reply.size()).isZero();
    assertThat(kernel.notifications()).hasSize(1);
  }

  @Test
  void aNotificationThatTheKernelDoesNotKnowIsAViolation() throws IOException {
    kernel =
        SimulatedKernel.connect(
            new FakeServer(
                request ->
                    List.of(notification(new Notification.Resend()), goodAttributes(request))),
            KernelPreset.parse("6.6"),
            PATIENCE);
    kernel.negotiate();

    getattr().ok();
    assertThat(kernel.takeViolations())
        .containsExactly("Resend needs FUSE 7.40, but this kernel speaks 7.39");
  }

  private void connect(Function<FuseRequest, List<byte[]>> script) throws IOException {
    kernel = SimulatedKernel.connect(new FakeServer(script), KernelPreset.parse("6.18"), PATIENCE);
    kernel.negotiate();
  }

  private Answer getattr() {
    return kernel.call(new Getattr(header(Opcode.GETATTR, 1), 0, 0));
  }

  private Answer lookup(String name) {
    return kernel.call(new Lookup(header(Opcode.LOOKUP, 1), FileName.of(name)));
  }

  private RequestHeader header(Opcode opcode, long nodeid) {
    return RequestHeader.of(opcode, kernel.nextUnique(), nodeid, 0, 0, 1);
  }

  private static byte[] goodAttributes(FuseRequest request) {
    return message(0, request.unique(), body(new AttrOut(0, 0, Attributes.directory(1).build())));
  }

  private static EntryOut entry(long nodeid, long generation, int mode) {
    return new EntryOut(nodeid, generation, 0, 0, 0, 0, Attributes.builder(nodeid, mode).build());
  }

  private static byte[] notification(Notification notification) {
    ByteBuf out = Unpooled.buffer();
    notification.encode(out);
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }
}
