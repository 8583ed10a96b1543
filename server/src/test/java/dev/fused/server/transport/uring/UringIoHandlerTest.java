package dev.fused.server.transport.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A loop over a ring of the kernel that the tests run on, without any mount. */
@Timeout(60)
final class UringIoHandlerTest {
  private MultiThreadIoEventLoopGroup group;
  private EventExecutor loop;

  @BeforeEach
  void makeLoop() {
    String reason = unavailable();
    assumeTrue(reason.isEmpty(), reason);
    group =
        new MultiThreadIoEventLoopGroup(
            1,
            new DefaultThreadFactory("ring", true),
            executor -> {
              try {
                return new UringIoHandler(executor, 0);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    loop = group.next();
  }

  private static String unavailable() {
    try {
      new SubmissionRing(8, 16).close();
      return "";
    } catch (IOException e) {
      return "no ring here: " + e.getMessage();
    }
  }

  @AfterEach
  void endLoop() {
    if (group != null) {
      group.shutdownGracefully(0, 30, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  @Test
  void tasksOfOtherThreadsWakeTheLoop() throws Exception {
    for (int i = 0; i < 1000; i++) {
      CompletableFuture<Thread> ran = new CompletableFuture<>();
      loop.execute(() -> ran.complete(Thread.currentThread()));

      assertThat(ran.get().getName()).startsWith("ring");
    }
  }

  @Test
  void aTaskOfTheLoopItselfRuns() throws Exception {
    CompletableFuture<String> ran = new CompletableFuture<>();
    loop.execute(() -> loop.execute(() -> ran.complete("ran")));

    assertThat(ran.get()).isEqualTo("ran");
  }

  @Test
  void whatIsScheduledRunsThoughNothingWakesTheLoop() throws Exception {
    assertThat(loop.schedule(() -> "ran", 20, TimeUnit.MILLISECONDS).get()).isEqualTo("ran");
  }

  @Test
  void theThreadIsBoundToItsProcessor() throws Exception {
    String status = loop.submit(() -> Files.readString(Path.of("/proc/thread-self/status"))).get();

    assertThat(status).containsPattern("Cpus_allowed_list:\\s+0\n");
  }

  @Test
  void aLoopThatWasNeverUsedEnds() {
    assertThat(group.shutdownGracefully(0, 30, TimeUnit.SECONDS).syncUninterruptibly().isSuccess())
        .isTrue();
  }
}
