package dev.fused.server.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class FusePipelineTest {
  private final Logged logged = new Logged("dev.fused.server");
  private final EmbeddedKernel kernel = EmbeddedKernel.mount(new ScriptedFileSystem());

  @AfterEach
  void close() {
    kernel.close();
    logged.close();
  }

  @Test
  void anExceptionThatNoHandlerExpectedIsLoggedAndTheSessionGoesOn() {
    kernel.fireException(new IllegalStateException("a bug"));

    assertThat(logged.lines())
        .singleElement()
        .asString()
        .startsWith("ERROR a fault between channel and file system");
    assertThat(kernel.ask(Opcode.GETATTR, 4).error()).isEqualTo(Errno.ENOSYS);
  }

  @Test
  void repliesThatTheEndOfTheChannelOvertakesAreNoFault() {
    kernel.fireException(new ClosedChannelException());

    assertThat(logged.lines()).isEmpty();
  }

  @Test
  void aReplyAfterTheEndOfTheChannelGoesNowhere() {
    ScriptedFileSystem fileSystem = new ScriptedFileSystem();
    Runnable[] completion = new Runnable[1];
    fileSystem.write = (request, reply) -> completion[0] = () -> reply.written(1);
    EmbeddedKernel ended = EmbeddedKernel.mount(fileSystem);
    ended.send(Opcode.WRITE, 4);
    ended.close();

    completion[0].run();

    assertThat(ended.poll()).isNull();
    assertThat(ended.receiveBuffer().refCnt()).isZero();
    assertThat(ended.session().inFlight().size()).isZero();
    assertThat(logged.lines()).isEmpty();
  }
}
