package dev.fused.server.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.Connection;
import dev.fused.filesystem.EntryReply;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.MountRefusedException;
import dev.fused.filesystem.Notifier;
import dev.fused.filesystem.StatusReply;
import dev.fused.protocol.Errno;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.reply.InitOut;
import dev.fused.protocol.request.Lookup;
import dev.fused.protocol.request.Setxattr;
import dev.fused.server.pipeline.EmbeddedKernel.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoLeaks.class)
class SessionHandlerTest {
  private final RecordingFileSystem fileSystem = new RecordingFileSystem();
  private EmbeddedKernel kernel = EmbeddedKernel.connect(fileSystem);
  private Logged logged;

  private static class RecordingFileSystem implements FuseFileSystem {
    final List<Object> calls = new ArrayList<>();

    @Override
    public void init(Connection connection, Notifier notifier) {
      calls.add(connection);
    }

    @Override
    public void lookup(Lookup request, EntryReply reply) {
      calls.add(request);
      reply.error(Errno.ENOENT);
    }

    @Override
    public void forget(long nodeid, long nlookup) {
      calls.add(nodeid);
    }
  }

  @BeforeEach
  void log() {
    logged = new Logged("dev.fused.server");
  }

  @AfterEach
  void close() {
    kernel.close();
    logged.close();
  }

  private InitOut initOut(Answer answer) {
    assertThat(answer.error()).isNull();
    return InitOut.decode(answer.body(), WireFormat.LATEST);
  }

  private void connect(FuseFileSystem other) {
    kernel.close();
    kernel = EmbeddedKernel.connect(other);
  }

  @Test
  void initIsAnsweredWithWhatWasAgreedAfterTheFileSystemWasTold() {
    InitOut reply = initOut(kernel.ask(Requests.init(2, 7, 45, InitFlag.MAX_PAGES.bit())));

    assertThat(reply.major()).isEqualTo(7);
    assertThat(reply.minor()).isEqualTo(45);
    assertThat(reply.flags()).isEqualTo(InitFlag.MAX_PAGES.bit());
    assertThat(fileSystem.calls).hasSize(1);
    Connection told = (Connection) fileSystem.calls.getFirst();
    assertThat(told.maxWrite()).isEqualTo(reply.maxWrite());
    assertThat(kernel.session().negotiated()).isCompletedWithValue(told);
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 22, 23, 45, 46})
  void theInitReplyHasTheSizeThatTheKernelsMinorExpects(int minor) {
    int size = minor < 23 ? 24 : 64;

    assertThat(kernel.ask(Requests.init(2, 7, minor, 0)).body().readableBytes()).isEqualTo(size);
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 26, -1})
  void aLaterMajorIsAnsweredWithOursAndInitCanBeSentAgain(int major) {
    InitOut first = initOut(kernel.ask(Requests.init(2, major, 3, 0)));

    assertThat(first.major()).isEqualTo(7);
    assertThat(kernel.session().negotiated()).isNotDone();
    assertThat(fileSystem.calls).isEmpty();

    InitOut second = initOut(kernel.ask(Requests.init(4, 7, 45, 0)));

    assertThat(second.minor()).isEqualTo(45);
    assertThat(kernel.session().negotiated()).isCompleted();
  }

  @ParameterizedTest
  @ValueSource(ints = {46, Integer.MAX_VALUE, -1})
  void ofALaterMinorOursIsSpoken(int minor) {
    assertThat(initOut(kernel.ask(Requests.init(2, 7, minor, 0))).minor()).isEqualTo(45);
    assertThat(kernel.format().minor()).isEqualTo(45);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 11})
  void anOldMinorIsRefusedWithEprotoAndASentence(int minor) {
    assertThat(kernel.ask(Requests.init(2, 7, minor, 0)).error()).isEqualTo(Errno.EPROTO);

    String sentence =
        "the kernel speaks FUSE protocol 7.%d, but the oldest supported is 7.12 (Linux 2.6.31)"
            .formatted(minor);
    assertThat(kernel.session().negotiated().exceptionNow()).hasMessage(sentence);
    assertThat(logged.lines()).containsExactly("ERROR mount cannot be served: " + sentence);
    assertThat(fileSystem.calls).isEmpty();
  }

  @Test
  void anOldMajorIsRefusedWithEproto() {
    assertThat(kernel.ask(Requests.init(2, 6, 99, 0)).error()).isEqualTo(Errno.EPROTO);
    assertThat(kernel.session().negotiated()).isCompletedExceptionally();
  }

  @Test
  void aSecondInitIsRefusedAndChangesNothing() {
    kernel.ask(Requests.init(2, 7, 30, InitFlag.MAX_PAGES.bit()));
    WireFormat format = kernel.format();

    Answer answer = kernel.ask(Requests.init(4, 7, 45, InitFlag.SETXATTR_EXT.bit()));

    assertThat(answer.error()).isEqualTo(Errno.EIO);
    assertThat(kernel.format()).isEqualTo(format);
    assertThat(fileSystem.calls).hasSize(1);
    assertThat(logged.lines()).singleElement().asString().startsWith("WARN refused a second INIT");
  }

  @Test
  void theAgreedFormatIsThatOfTheRequestsThatFollow() {
    List<Setxattr> seen = new ArrayList<>();
    connect(
        new FuseFileSystem() {
          @Override
          public void setxattr(Setxattr request, StatusReply reply) {
            seen.add(request);
            reply.ok();
          }
        });
    kernel.ask(Requests.init(2, 7, 45, InitFlag.SETXATTR_EXT.bit()));

    Setxattr request = (Setxattr) Requests.of(Opcode.SETXATTR, 4);
    kernel.ask(
        new Setxattr(
            request.header(), request.size(), 1, 2, request.name(), request.value().duplicate()));

    assertThat(kernel.format().setxattrExt()).isTrue();
    assertThat(seen).singleElement().extracting(Setxattr::setxattrFlags).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(
      value = Opcode.class,
      names = {"INIT", "CUSE_INIT", "DESTROY", "INTERRUPT"},
      mode = EnumSource.Mode.EXCLUDE)
  void aRequestBeforeInitFailsWithEioAndDoesNotReachTheFileSystem(Opcode opcode) {
    kernel.send(opcode, 2);

    Answer answer = kernel.poll();
    if (opcode.expectsReply()) {
      assertThat(answer.unique()).isEqualTo(2);
      assertThat(answer.error()).isEqualTo(Errno.EIO);
    } else {
      assertThat(answer).isNull();
    }
    assertThat(fileSystem.calls).isEmpty();
    assertThat(logged.lines()).singleElement().asString().contains("it came before INIT");
  }

  @Test
  void destroyIsAnsweredWithSuccess() {
    kernel.ask(Requests.init(2, 7, 45, 0));

    Answer answer = kernel.ask(Opcode.DESTROY, 4);

    assertThat(answer.error()).isNull();
    assertThat(answer.body().readableBytes()).isZero();
  }

  @Test
  void interruptsAreNotAnswered() {
    kernel.ask(Requests.init(2, 7, 45, 0));

    kernel.send(Requests.interrupt(5, 4));

    assertThat(kernel.poll()).isNull();
  }

  @Test
  void characterDevicesAreRefusedWithEnosys() {
    assertThat(kernel.ask(Opcode.CUSE_INIT, 2).error()).isEqualTo(Errno.ENOSYS);
    assertThat(kernel.session().negotiated()).isNotDone();
  }

  @ParameterizedTest
  @ValueSource(classes = {IllegalStateException.class, NoClassDefFoundError.class})
  void aFileSystemThatFailsInInitMakesInitFailWithEio(Class<? extends Throwable> type)
      throws ReflectiveOperationException {
    Throwable failure = type.getConstructor(String.class).newInstance("no init");
    connect(
        new FuseFileSystem() {
          @Override
          public void init(Connection connection, Notifier notifier) {
            if (failure instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) failure;
          }
        });

    assertThat(kernel.ask(Requests.init(2, 7, 45, 0)).error()).isEqualTo(Errno.EIO);

    assertThat(kernel.session().negotiated().exceptionNow()).isSameAs(failure);
    assertThat(logged.lines())
        .contains(
            "ERROR init() of the file system failed", "ERROR mount cannot be served: no init");
  }

  @Test
  void aFileSystemThatRefusesTheMountSaysWhyInOneLine() {
    connect(
        new FuseFileSystem() {
          @Override
          public void init(Connection connection, Notifier notifier) {
            throw new MountRefusedException("the moon is full");
          }
        });

    assertThat(kernel.ask(Requests.init(2, 7, 45, 0)).error()).isEqualTo(Errno.EIO);

    assertThat(kernel.session().negotiated().exceptionNow())
        .isInstanceOf(MountRefusedException.class);
    assertThat(logged.lines()).containsExactly("ERROR mount cannot be served: the moon is full");
  }

  @Test
  void afterARefusedInitRequestsFailWithEioAndDoNotReachTheFileSystem() {
    kernel.ask(Requests.init(2, 7, 11, 0));

    assertThat(kernel.ask(Opcode.LOOKUP, 4).error()).isEqualTo(Errno.EIO);
    kernel.send(Opcode.FORGET, 6);

    assertThat(kernel.poll()).isNull();
    assertThat(fileSystem.calls).isEmpty();
  }

  @Test
  void theVersionSpokenIsTheSmallerOne() {
    kernel.ask(Requests.init(2, 7, 31, 0));

    Connection connection = kernel.session().negotiated().join();
    assertThat(connection.kernel()).isEqualTo(new ProtocolVersion(7, 31));
    assertThat(connection.version()).isEqualTo(new ProtocolVersion(7, 31));
    assertThat(kernel.format().minor()).isEqualTo(31);
  }
}
