package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class LateSpaceTest {
  private static final String FULL = "full";

  private final Orphans orphans = new Orphans();
  private final LateSpace space = new LateSpace(orphans);
  private final AtomicInteger runs = new AtomicInteger();

  @Test
  void whatSucceedsIsAnsweredInsideTheCall() {
    orphans.add();

    assertThat(run("done")).isCompletedWithValue("done");
    assertThat(runs).hasValue(1);
  }

  @Test
  void withoutOrphansFullMeansFull() {
    orphans.add();
    orphans.remove();

    assertThat(run(FULL)).isCompletedWithValue(FULL);
    assertThat(runs).hasValue(1);
  }

  @Test
  void whileAnOrphanMayGoTheOperationIsTriedAgain() {
    orphans.add();

    assertThat(run(FULL, FULL, FULL, "done").join()).isEqualTo("done");
    assertThat(runs).hasValue(4);
  }

  @Test
  void anOrphanThatStaysIsWaitedForAShorterTimeAgain() {
    orphans.add();
    int first = triesInVain();

    assertThat(triesInVain()).isGreaterThan(1).isLessThan(first);
    orphans.add();
    assertThat(triesInVain()).isEqualTo(first);
  }

  @Test
  void anOrphanThatStayedAndThenGoesIsNotMissed() {
    orphans.add();
    triesInVain();

    assertThat(run(FULL, FULL, "done").join()).isEqualTo("done");
  }

  private int triesInVain() {
    runs.set(0);
    assertThat(run(FULL).join()).isEqualTo(FULL);
    return runs.getAndSet(0);
  }

  /** Runs an operation that comes to each of {@code results} in turn, and then to the last. */
  private CompletableFuture<String> run(String... results) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    space.run(
        () -> results[Math.min(runs.getAndIncrement(), results.length - 1)],
        FULL::equals,
        result -> assertThat(answer.complete(result)).isTrue());
    return answer;
  }
}
