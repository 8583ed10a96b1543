package dev.fused.filesystem.lock;

import static dev.fused.filesystem.lock.Locker.READ;
import static dev.fused.filesystem.lock.Locker.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeadlockTest {
  private static final long FILE = 5;
  private static final long OTHER = 6;

  private final LockTable table = new LockTable();
  private final Locker a = Locker.process(table, FILE, 1);
  private final Locker b = Locker.process(table, FILE, 2);
  private final Locker c = Locker.process(table, FILE, 3);

  @Test
  void theWaitThatWouldMakeACircleOfTwoIsRefused() {
    a.set(WRITE, 0, 0);
    b.set(WRITE, 1, 1);
    RecordedReply first = a.await(WRITE, 1, 1);
    assertThat(b.await(WRITE, 0, 0).outcome()).isEqualTo(Errno.EDEADLK);
    assertThat(first.outcome()).isEqualTo("waits");
    b.flush();
    assertThat(first.outcome()).isEqualTo("ok");
  }

  @Test
  void circlesGoThroughSeveralFiles() {
    a.set(WRITE, 0, 0);
    b.on(OTHER).set(WRITE, 0, 0);
    c.on(7).set(WRITE, 0, 0);
    a.on(OTHER).await(WRITE, 0, 0);
    b.on(7).await(READ, 0, 0);
    assertThat(c.await(READ, 0, 9).outcome()).isEqualTo(Errno.EDEADLK);
  }

  @Test
  void twoReadersThatBothUpgradeAreACircle() {
    a.set(READ, 0, 9);
    b.set(READ, 0, 9);
    RecordedReply first = a.await(WRITE, 0, 9);
    assertThat(b.await(WRITE, 5, 5).outcome()).isEqualTo(Errno.EDEADLK);
    assertThat(c.get(WRITE, 0, 9)).isIn(a.held(READ, 0, 9), b.held(READ, 0, 9));
    b.unlock(0, 9);
    assertThat(first.outcome()).isEqualTo("ok");
  }

  @Test
  void aCircleIsFoundBehindAnyOfSeveralLocksInTheWay() {
    a.set(WRITE, 9, 9);
    b.set(READ, 0, 0);
    c.set(READ, 1, 1);
    c.await(WRITE, 9, 9);
    assertThat(a.await(WRITE, 0, 1).outcome()).isEqualTo(Errno.EDEADLK);
  }

  @Test
  void aCircleIsFoundThroughAnyThreadOfAProcess() {
    a.set(WRITE, 0, 0);
    b.set(WRITE, 1, 1);
    c.set(WRITE, 2, 2);
    b.await(WRITE, 2, 2);
    b.await(WRITE, 0, 0);
    assertThat(a.await(WRITE, 1, 1).outcome()).isEqualTo(Errno.EDEADLK);
  }

  @Test
  void aCircleThatIsClosedByAThreadThatGetsALockIsFound() {
    a.set(WRITE, 0, 0);
    b.set(WRITE, 1, 1);
    RecordedReply first = c.await(WRITE, 0, 0);
    RecordedReply second = b.await(WRITE, 0, 0);
    RecordedReply otherThread = c.await(WRITE, 1, 1);
    a.unlock(0, 0);
    assertThat(first.outcome()).isEqualTo("ok");
    assertThat(second.outcome()).isEqualTo(Errno.EDEADLK);
    assertThat(otherThread.outcome()).isEqualTo("waits");
    b.flush();
    assertThat(otherThread.outcome()).isEqualTo("ok");
  }

  @Test
  void aCircleThatIsClosedByALockThatNobodyWaitedForIsFound() {
    a.set(READ, 0, 0);
    b.set(WRITE, 1, 1);
    RecordedReply writer = b.await(WRITE, 0, 0);
    RecordedReply otherThread = c.await(WRITE, 1, 1);
    assertThat(c.set(READ, 0, 0)).isEqualTo("ok");
    assertThat(writer.outcome()).isEqualTo(Errno.EDEADLK);
    assertThat(otherThread.outcome()).isEqualTo("waits");
  }

  @Test
  void aThreadThatGetsALockNobodyElseWantsClosesNoCircle() {
    a.set(WRITE, 0, 0);
    b.set(WRITE, 1, 1);
    RecordedReply waiting = b.await(WRITE, 0, 0);
    c.await(WRITE, 1, 1);
    c.set(WRITE, 2, 2);
    assertThat(waiting.outcome()).isEqualTo("waits");
  }

  @Test
  void aCircleOfAThousandIsFound() {
    List<Locker> processes = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      Locker process = Locker.process(table, FILE, 10 + i);
      process.set(WRITE, i, i);
      processes.add(process);
    }
    for (int i = 0; i < 999; i++) {
      assertThat(processes.get(i).await(WRITE, i + 1, i + 1).outcome()).isEqualTo("waits");
    }
    assertThat(processes.get(999).await(WRITE, 0, 0).outcome()).isEqualTo(Errno.EDEADLK);
  }

  @Test
  void aChainIsNoCircle() {
    a.set(WRITE, 0, 0);
    b.set(WRITE, 1, 1);
    assertThat(b.await(WRITE, 0, 0).outcome()).isEqualTo("waits");
    assertThat(c.await(WRITE, 1, 1).outcome()).isEqualTo("waits");
    assertThat(c.await(WRITE, 0, 0).outcome()).isEqualTo("waits");
  }

  @Test
  void whoeverWaitsIsNotWaitedFor() {
    a.set(READ, 0, 0);
    b.set(WRITE, 1, 1);
    RecordedReply writer = b.await(WRITE, 0, 0);
    assertThat(c.await(READ, 0, 0).outcome()).isEqualTo("ok");
    assertThat(writer.outcome()).isEqualTo("waits");
    assertThat(c.await(READ, 1, 1).outcome()).isEqualTo(Errno.EDEADLK);
  }

  @Test
  void anInterruptedWaitIsNoPartOfACircle() {
    a.set(WRITE, 0, 0);
    b.set(WRITE, 1, 1);
    a.await(WRITE, 1, 1).interrupt();
    assertThat(b.await(WRITE, 0, 0).outcome()).isEqualTo("waits");
  }

  @Test
  void aWaitThatWasServedIsNoPartOfACircle() {
    a.set(WRITE, 0, 0);
    b.set(WRITE, 1, 1);
    RecordedReply served = a.await(WRITE, 1, 1);
    b.unlock(1, 1);
    assertThat(served.outcome()).isEqualTo("ok");
    assertThat(b.await(WRITE, 0, 0).outcome()).isEqualTo("waits");
  }

  @Test
  void aLockThatWasReleasedIsNoPartOfACircle() {
    a.set(WRITE, 0, 1);
    b.set(WRITE, 2, 2);
    a.await(WRITE, 2, 2);
    a.unlock(1, 1);
    assertThat(b.await(WRITE, 1, 1).outcome()).isEqualTo("ok");
  }

  @Test
  void aForgottenWaitIsNoPartOfACircle() {
    a.on(OTHER).set(WRITE, 0, 0);
    b.set(WRITE, 1, 1);
    a.await(WRITE, 1, 1);
    table.forget(FILE);
    assertThat(b.on(OTHER).await(WRITE, 0, 0).outcome()).isEqualTo("waits");
  }

  @Test
  void refusingAWaitKeepsWhatTheOwnerHolds() {
    a.set(WRITE, 0, 0);
    b.set(READ, 1, 1);
    a.await(WRITE, 1, 1);
    b.await(READ, 0, 1);
    assertThat(c.get(WRITE, 1, 1)).isEqualTo(b.held(READ, 1, 1));
  }

  @Test
  void descriptionsOfOneProcessMakeNoCircle() {
    Locker first = Locker.description(table, FILE, 71, 1);
    Locker second = Locker.description(table, FILE, 72, 1);
    first.set(WRITE, 0, 0);
    second.set(WRITE, 1, 1);
    RecordedReply one = first.await(WRITE, 1, 1);
    RecordedReply two = second.await(WRITE, 0, 0);
    assertThat(one.outcome()).isEqualTo("waits");
    assertThat(two.outcome()).isEqualTo("waits");
    first.unlock(0, 0);
    assertThat(two.outcome()).isEqualTo("ok");
  }

  @Test
  void twoDescriptionsOfOneProcessMakeNoCircleWithAnother() {
    Locker first = Locker.description(table, FILE, 71, 1);
    Locker second = Locker.description(table, FILE, 72, 1);
    first.set(WRITE, 0, 0);
    b.set(WRITE, 1, 1);
    second.set(WRITE, 2, 2);
    second.await(WRITE, 0, 0);
    b.await(WRITE, 2, 2);
    assertThat(first.await(WRITE, 1, 1).outcome()).isEqualTo("waits");
  }

  @Test
  void aDescriptionThatProcessesShareIsNoPartOfACircle() {
    Locker shared = Locker.description(table, FILE, 71, 1);
    shared.set(WRITE, 0, 0);
    b.set(WRITE, 1, 1);
    shared.as(9).await(WRITE, 1, 1);
    RecordedReply waiting = b.await(WRITE, 0, 0);
    assertThat(waiting.outcome()).isEqualTo("waits");
    shared.unlock(0, 0);
    assertThat(waiting.outcome()).isEqualTo("ok");
  }

  @Test
  void threadsKnownToWaitForDescriptionsMakeNoCircle() {
    LockTable knowing = new LockTable(LockTable.DEFAULT_MAX_LOCKS, thread -> thread >= 70);
    Locker first = Locker.description(knowing, FILE, 71, 71);
    Locker second = Locker.description(knowing, FILE, 72, 72);
    Locker process = Locker.process(knowing, FILE, 3);
    first.set(WRITE, 0, 0);
    second.set(WRITE, 1, 1);
    process.set(WRITE, 2, 2);
    assertThat(first.await(WRITE, 1, 1).outcome()).isEqualTo("waits");
    assertThat(second.await(WRITE, 0, 0).outcome()).isEqualTo("waits");
    assertThat(second.await(WRITE, 2, 2).outcome()).isEqualTo("waits");
    assertThat(process.await(WRITE, 0, 0).outcome()).isEqualTo("waits");
  }

  @Test
  void threadsAreLookedAtOnlyInACircle() {
    Set<Integer> lookedAt = new HashSet<>();
    LockTable curious =
        new LockTable(
            LockTable.DEFAULT_MAX_LOCKS,
            thread -> {
              lookedAt.add(thread);
              return false;
            });
    Locker first = Locker.process(curious, FILE, 1);
    Locker second = Locker.process(curious, FILE, 2);
    first.set(WRITE, 0, 0);
    second.set(WRITE, 1, 1);
    first.await(WRITE, 1, 1);
    Locker.process(curious, FILE, 3).await(WRITE, 1, 1);
    assertThat(lookedAt).isEmpty();
    assertThat(second.await(WRITE, 0, 0).outcome()).isEqualTo(Errno.EDEADLK);
    assertThat(lookedAt).containsExactlyInAnyOrder(1, 2);
  }

  @Test
  void processesWithoutAKnownPidMakeCircles() {
    Locker first = a.as(0);
    Locker second = b.as(0);
    first.set(WRITE, 0, 0);
    second.set(WRITE, 1, 1);
    first.await(WRITE, 1, 1);
    assertThat(second.await(WRITE, 0, 0).outcome()).isEqualTo(Errno.EDEADLK);
  }

  @Test
  void aWaitForFlockIsNoPartOfACircle() {
    Locker a71 = Locker.description(table, FILE, 71, 1);
    Locker b72 = Locker.description(table, FILE, 72, 2);
    a71.set(WRITE, 0, 0);
    b72.flock().set(WRITE, 0, Locker.END);
    a71.flock().await(WRITE, 0, Locker.END);
    assertThat(b72.await(WRITE, 0, 0).outcome()).isEqualTo("waits");
  }

  @Test
  void aWaitForFlockClosesNoCircle() {
    Locker a71 = Locker.description(table, FILE, 71, 1);
    Locker b72 = Locker.description(table, FILE, 72, 2);
    a71.set(WRITE, 0, 0);
    b72.flock().set(WRITE, 0, Locker.END);
    b72.await(WRITE, 0, 0);
    assertThat(a71.flock().await(WRITE, 0, Locker.END).outcome()).isEqualTo("waits");
  }
}
