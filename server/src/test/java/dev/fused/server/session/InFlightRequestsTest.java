package dev.fused.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Statfs;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class InFlightRequestsTest {
  private static final long FOREVER = TimeUnit.HOURS.toNanos(1);

  private final InFlightRequests requests = new InFlightRequests();

  private static final class Unanswered implements InFlightRequests.Entry {
    final long unique;
    final AtomicInteger interrupts = new AtomicInteger();

    Unanswered(long unique) {
      this.unique = unique;
    }

    @Override
    public FuseRequest request() {
      return new Statfs(RequestHeader.of(Opcode.STATFS, unique, 1, 0, 0, 0));
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
      interrupts.incrementAndGet();
    }
  }

  private Unanswered add(long unique) {
    Unanswered entry = new Unanswered(unique);
    requests.add(entry);
    return entry;
  }

  @Test
  void anInterruptReachesItsRequestAndNoOther() {
    Unanswered target = add(2);
    Unanswered other = add(4);

    requests.interrupt(2);

    assertThat(target.interrupts).hasValue(1);
    assertThat(other.interrupts).hasValue(0);
  }

  @Test
  void aRequestWithTheUniqueOfAnotherInterruptsThatAndTakesItsPlace() {
    Unanswered first = add(2);
    Unanswered second = add(2);

    assertThat(first.interrupts).hasValue(1);
    requests.interrupt(2);
    assertThat(second.interrupts).hasValue(1);
    requests.remove(first);
    assertThat(requests.size()).isEqualTo(1);
    requests.remove(second);
    assertThat(requests.size()).isZero();
  }

  @Test
  void anInterruptThatComesFirstReachesTheRequestWhenItComesAndOnlyOnce() {
    requests.interrupt(2);

    assertThat(add(2).interrupts).hasValue(1);
    assertThat(add(2).interrupts).hasValue(0);
  }

  @Test
  void anInterruptAfterTheAnswerReachesNobody() {
    Unanswered entry = add(2);
    requests.remove(entry);

    requests.interrupt(2);

    assertThat(entry.interrupts).hasValue(0);
    assertThat(requests.size()).isZero();
  }

  @Test
  void onlyTheNewestInterruptsAreRemembered() {
    for (long unique = 0; unique <= 1024; unique++) {
      requests.interrupt(unique);
    }

    assertThat(add(0).interrupts).as("the oldest of 1025").hasValue(0);
    for (long unique = 1; unique <= 1024; unique++) {
      assertThat(add(unique).interrupts).hasValue(1);
    }
  }

  @Test
  void anInterruptThatIsRepeatedIsRememberedOnce() {
    requests.interrupt(0);
    for (int i = 0; i < 5000; i++) {
      requests.interrupt(2);
    }

    assertThat(add(0).interrupts).hasValue(1);
    assertThat(add(2).interrupts).hasValue(1);
  }

  @Test
  void allAreThoseThatAreUnanswered() {
    Unanswered first = add(2);
    requests.remove(add(4));

    assertThat(requests.all()).containsExactly(first);
    assertThat(requests.size()).isEqualTo(1);
  }

  @Test
  void awaitEmptyReturnsAtOnceWhenNothingIsInFlight() throws InterruptedException {
    assertThat(requests.awaitEmpty(0)).isTrue();
  }

  @Test
  void awaitEmptyGivesUpAfterItsBound() throws InterruptedException {
    add(2);

    assertThat(requests.awaitEmpty(TimeUnit.MILLISECONDS.toNanos(5))).isFalse();
  }

  @Test
  void awaitEmptyReturnsWhenTheLastRequestIsAnswered() throws Exception {
    Unanswered first = add(2);
    Unanswered second = add(4);
    CountDownLatch started = new CountDownLatch(1);
    CompletableFuture<Boolean> empty =
        CompletableFuture.supplyAsync(
            () -> {
              started.countDown();
              try {
                return requests.awaitEmpty(FOREVER);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    started.await();

    requests.remove(first);
    assertThat(empty).isNotDone();
    requests.remove(new Unanswered(4));
    assertThat(empty).isNotDone();
    requests.remove(second);

    assertThat(empty.get()).isTrue();
  }

  private static final long RESENT = RequestHeader.RESENT;

  @Test
  void aRequestThatIsSentAgainIsTheSameOne() {
    Unanswered entry = add(2);

    assertThat(requests.find(2 | RESENT)).isSameAs(entry);
    requests.interrupt(2 | RESENT);
    requests.interrupt(2);

    assertThat(entry.interrupts).hasValue(2);
    requests.remove(entry);
    assertThat(requests.find(2 | RESENT)).isNull();
  }

  @Test
  void anInterruptOfTheOriginalReachesTheRequestThatComesAgain() {
    requests.interrupt(2);
    assertThat(add(2 | RESENT).interrupts).hasValue(1);

    requests.interrupt(4 | RESENT);
    assertThat(add(4).interrupts).hasValue(1);
  }

  /** The interrupt and its target are read on two loops at the same moment. */
  @Test
  void anInterruptThatComesAtTheSameMomentIsNeverLostNorDoubled() throws Exception {
    for (long unique = 0; unique < 20_000; unique += 2) {
      Unanswered entry = new Unanswered(unique);
      CompletableFuture<Void> interrupt =
          CompletableFuture.runAsync(() -> requests.interrupt(entry.unique));
      requests.add(entry);
      interrupt.get();
      assertThat(entry.interrupts).hasValue(1);
      requests.remove(entry);
    }
  }
}
