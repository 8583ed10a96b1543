package dev.fused.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Statfs;
import dev.fused.server.pipeline.Logged;
import dev.fused.server.pipeline.Requests;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FuseSessionTest {
  private final List<String> calls = new ArrayList<>();
  private final FuseSession session = new FuseSession(fileSystem(() -> {}), SessionOptions.DEFAULT);

  private FuseFileSystem fileSystem(Runnable destroy) {
    return new FuseFileSystem() {
      @Override
      public void destroy() {
        calls.add("destroy");
        destroy.run();
      }
    };
  }

  @Test
  void aFlagThatNobodyHonoursIsRefusedBeforeAnythingIsMounted() {
    FuseFileSystem wrong =
        new FuseFileSystem() {
          @Override
          public Set<InitFlag> capabilities() {
            return Set.of(InitFlag.MAP_ALIGNMENT);
          }
        };

    assertThatThrownBy(() -> new FuseSession(wrong, SessionOptions.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MAP_ALIGNMENT");
  }

  @Test
  void theSessionEndsWithItsLastChannel() {
    session.channelOpened();
    session.channelOpened();

    session.channelClosed();
    assertThat(session.ended()).isNotDone();
    assertThat(calls).isEmpty();

    session.channelClosed();
    assertThat(session.ended()).isCompleted();
    assertThat(calls).containsExactly("destroy");
  }

  @Test
  void aChannelThatOpensAfterTheEndDoesNotEndTheSessionTwice() {
    session.channelOpened();
    session.channelClosed();

    session.channelOpened();
    session.channelClosed();

    assertThat(calls).containsExactly("destroy");
  }

  @Test
  void theEndBeforeInitIsToldToWhoWaitsForIt() {
    session.channelOpened();
    session.channelClosed();

    assertThat(session.negotiated().exceptionNow())
        .hasMessage("the mount ended before the kernel sent INIT");
  }

  @Test
  void theEndAfterInitLeavesWhatWasAgreed() {
    session.channelOpened();
    session.established(session.agree(Requests.init(2, 7, 45, 0)).connection());
    session.channelClosed();

    assertThat(session.negotiated()).isCompleted();
  }

  @Test
  void theEndInterruptsWhatIsUnansweredBeforeTheFileSystemIsDestroyed() {
    session.channelOpened();
    session.inFlight().add(new Unanswered(() -> calls.add("interrupt")));

    session.channelClosed();

    assertThat(calls).containsExactly("interrupt", "destroy");
  }

  @Test
  void theSessionEndsAlsoIfDestroyFails() {
    FuseSession failing =
        new FuseSession(
            fileSystem(
                () -> {
                  throw new AssertionError("no destroy");
                }),
            SessionOptions.DEFAULT);
    try (Logged logged = new Logged("dev.fused.server")) {
      failing.channelOpened();
      failing.channelClosed();

      assertThat(logged.lines()).containsExactly("ERROR destroy() of the file system failed");
    }
    assertThat(failing.ended()).isCompleted();
  }

  @Test
  void beforeInitMessagesHaveTheNewestLayout() {
    assertThat(session.wireFormat().minor()).isEqualTo(45);
    assertThat(session.wireFormat().setxattrExt()).isFalse();
  }

  private record Unanswered(Runnable action) implements InFlightRequests.Entry {
    @Override
    public FuseRequest request() {
      return new Statfs(RequestHeader.of(Opcode.STATFS, 2, 1, 0, 0, 0));
    }

    @Override
    public long sinceNanos() {
      return 0;
    }

    @Override
    public @Nullable Thread thread() {
      return null;
    }

    @Override
    public void interrupt() {
      action.run();
    }
  }
}
