package dev.fused.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setlkw;
import dev.fused.protocol.request.Statfs;
import dev.fused.server.pipeline.Logged;
import dev.fused.server.pipeline.Requests;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RequestWatchTest {
  private static final long SECOND = 1_000_000_000L;

  private final FuseSession session =
      new FuseSession(new FuseFileSystem() {}, SessionOptions.DEFAULT);
  private final AtomicInteger aborts = new AtomicInteger();
  private final RequestWatch watch =
      new RequestWatch(
          session, Duration.ofSeconds(10), Duration.ofSeconds(20), aborts::incrementAndGet);
  private final Logged logged = new Logged("dev.fused.server.session");
  private final FuseRequest request =
      new Statfs(RequestHeader.of(Opcode.STATFS, 42, 7, 1000, 100, 4242));

  @AfterEach
  void close() {
    logged.close();
  }

  /** A request in the table since time 0. */
  private record Open(FuseRequest request, @Nullable Thread thread)
      implements InFlightRequests.Entry {
    @Override
    public long sinceNanos() {
      return 0;
    }

    @Override
    public void interrupt() {}
  }

  @Test
  void aRequestPastTheDeadlineIsReportedOnceWithItsThread() {
    session.inFlight().add(new Open(request, Thread.currentThread()));

    watch.look(9 * SECOND);
    assertThat(watch.overdue()).isEmpty();
    watch.look(11 * SECOND);
    watch.look(12 * SECOND);

    assertThat(watch.overdue()).hasSize(1);
    assertThat(watch.overdue().getFirst().age()).hasSeconds(12);
    assertThat(logged.lines()).hasSize(1);
    assertThat(logged.lines().getFirst())
        .startsWith(
            "WARN no answer for 11 s to STATFS, unique 42, nodeid 7, of pid 4242 (uid 1000)")
        .contains("RequestWatchTest.aRequestPastTheDeadline");
  }

  @Test
  void aReplyThatIsKeptHasNoThread() {
    session.inFlight().add(new Open(request, null));

    watch.look(11 * SECOND);

    assertThat(logged.lines().getFirst()).contains("the file system has kept the reply");
  }

  @Test
  void aLoopThatDoesNotReturnIsFoundFromItsFirstLookOn() {
    LoopCall call = session.newLoopCall();
    call.begin(request);

    watch.look(100 * SECOND);
    watch.look(109 * SECOND);
    assertThat(watch.overdue()).isEmpty();
    watch.look(110 * SECOND);

    assertThat(watch.overdue().getFirst().thread()).isEqualTo(Thread.currentThread());
    call.end();
    watch.look(111 * SECOND);
    assertThat(watch.overdue()).isEmpty();
  }

  @Test
  void theConnectionIsAbortedOnceAfterTheSecondDeadline() {
    session.inFlight().add(new Open(request, null));

    watch.look(19 * SECOND);
    assertThat(aborts).hasValue(0);
    watch.look(20 * SECOND);
    watch.look(21 * SECOND);

    assertThat(aborts).hasValue(1);
  }

  @Test
  void aLockMayBeWaitedForForEver() {
    Setlkw lock = (Setlkw) Requests.of(Opcode.SETLKW, 2);
    session.inFlight().add(new Open(lock, null));

    watch.look(1000 * SECOND);

    assertThat(watch.overdue()).isEmpty();
    assertThat(logged.lines()).isEmpty();
  }
}
