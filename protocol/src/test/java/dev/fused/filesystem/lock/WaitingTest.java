package dev.fused.filesystem.lock;

import static dev.fused.filesystem.lock.Locker.END;
import static dev.fused.filesystem.lock.Locker.READ;
import static dev.fused.filesystem.lock.Locker.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.protocol.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WaitingTest {
  private static final long FILE = 5;

  private final LockTable table = new LockTable();
  private final Locker a = Locker.process(table, FILE, 1);
  private final Locker b = Locker.process(table, FILE, 2);
  private final Locker c = Locker.process(table, FILE, 3);
  private final Locker d = Locker.process(table, FILE, 4);

  @Test
  void aFreeLockIsHadAtOnce() {
    assertThat(a.await(WRITE, 0, 9).outcome()).isEqualTo("ok");
  }

  @Test
  void whoeverCameFirstIsServedFirst() {
    List<String> order = new ArrayList<>();
    a.set(WRITE, 0, 9);
    b.await(new RecordedReply(() -> order.add("b")), WRITE, 0, 9);
    c.await(new RecordedReply(() -> order.add("c")), WRITE, 0, 9);
    d.await(new RecordedReply(() -> order.add("d")), WRITE, 0, 9);
    a.unlock(0, 9);
    b.unlock(0, 9);
    a.await(new RecordedReply(() -> order.add("a")), WRITE, 0, 9);
    c.unlock(0, 9);
    d.unlock(0, 9);
    assertThat(order).containsExactly("b", "c", "d", "a");
  }

  @Test
  void whoeverWaitsComesBeforeTheOneWhoLetsGo() {
    a.set(WRITE, 0, 9);
    RecordedReply waiting = b.await(WRITE, 0, 9);
    a.unlock(0, 9);
    assertThat(a.set(WRITE, 0, 9)).isEqualTo(Errno.EAGAIN);
    assertThat(waiting.outcome()).isEqualTo("ok");
  }

  @Test
  void readersThatWaitAreServedTogether() {
    a.set(WRITE, 0, 9);
    RecordedReply first = b.await(READ, 0, 9);
    RecordedReply second = c.await(READ, 5, 5);
    RecordedReply writer = d.await(WRITE, 0, 0);
    a.flush();
    assertThat(first.outcome()).isEqualTo("ok");
    assertThat(second.outcome()).isEqualTo("ok");
    assertThat(writer.outcome()).isEqualTo("waits");
    b.flush();
    assertThat(writer.outcome()).isEqualTo("ok");
  }

  @Test
  void whoeverWaitsIsInNobodysWay() {
    a.set(READ, 0, 9);
    RecordedReply writer = b.await(WRITE, 0, 19);
    assertThat(c.await(READ, 0, 9).outcome()).isEqualTo("ok");
    assertThat(c.set(WRITE, 10, 19)).isEqualTo("ok");
    assertThat(d.get(WRITE, 0, END)).isEqualTo(a.held(READ, 0, 9));
    a.flush();
    assertThat(writer.outcome()).isEqualTo("waits");
    c.flush();
    assertThat(writer.outcome()).isEqualTo("ok");
  }

  @Test
  void unlockingAPartServesThoseWhoWaitForIt() {
    a.set(WRITE, 0, 99);
    RecordedReply low = b.await(WRITE, 0, 9);
    RecordedReply high = c.await(WRITE, 90, 99);
    RecordedReply all = d.await(READ, 0, 99);
    a.unlock(90, 99);
    assertThat(low.outcome()).isEqualTo("waits");
    assertThat(high.outcome()).isEqualTo("ok");
    assertThat(all.outcome()).isEqualTo("waits");
  }

  @Test
  void aDowngradeServesReaders() {
    a.set(WRITE, 0, 9);
    RecordedReply reader = b.await(READ, 0, 9);
    RecordedReply writer = c.await(WRITE, 0, 9);
    a.set(READ, 0, 9);
    assertThat(reader.outcome()).isEqualTo("ok");
    assertThat(writer.outcome()).isEqualTo("waits");
  }

  @Test
  void anUpgradeKeepsTheOldLockWhileItWaits() {
    a.set(READ, 0, 9);
    b.set(READ, 0, 9);
    RecordedReply upgrade = a.await(WRITE, 0, 9);
    assertThat(c.get(WRITE, 0, 9)).isEqualTo(a.held(READ, 0, 9));
    b.unlock(0, 9);
    assertThat(upgrade.outcome()).isEqualTo("ok");
    assertThat(c.get(READ, 0, 9)).isEqualTo(a.held(WRITE, 0, 9));
  }

  @Test
  void aLockThatReplacesAStrongerOneServesEvenThoseWhoWaitedLonger() {
    a.set(WRITE, 0, 4);
    b.set(WRITE, 5, 9);
    RecordedReply older = c.await(READ, 0, 0);
    RecordedReply downgrade = a.await(READ, 0, 9);
    RecordedReply younger = d.await(READ, 1, 1);
    b.unlock(5, 9);
    assertThat(downgrade.outcome()).isEqualTo("ok");
    assertThat(older.outcome()).isEqualTo("ok");
    assertThat(younger.outcome()).isEqualTo("ok");
  }

  @Test
  void closingTheFileDoesNotEndTheWaitOfAnotherThread() {
    a.set(WRITE, 0, 9);
    RecordedReply waiting = b.await(WRITE, 0, 9);
    b.flush();
    assertThat(waiting.outcome()).isEqualTo("waits");
    a.flush();
    assertThat(waiting.outcome()).isEqualTo("ok");
  }

  @Test
  void releaseOfADescriptionServesThoseWhoWait() {
    Locker description = Locker.description(table, FILE, 71, 9);
    description.set(WRITE, 0, 9);
    RecordedReply waiting = a.await(WRITE, 0, 9);
    description.release();
    assertThat(waiting.outcome()).isEqualTo("ok");
  }

  @Test
  void whoeverIsServedWhenThereAreTooManyLocksIsRefused() {
    LockTable small = new LockTable(4, thread -> false);
    Locker holder = Locker.process(small, FILE, 1);
    holder.set(WRITE, 0, 9);
    RecordedReply waiting = Locker.process(small, FILE, 2).await(WRITE, 0, 9);
    holder.set(WRITE, 20, 29);
    holder.set(WRITE, 40, 49);
    holder.unlock(0, 9);
    assertThat(waiting.outcome()).isEqualTo("ok");

    LockTable full = new LockTable(2, thread -> false);
    Locker splitter = Locker.process(full, FILE, 1);
    splitter.set(WRITE, 0, 99);
    RecordedReply refused = Locker.process(full, FILE, 2).await(WRITE, 0, 9);
    splitter.unlock(0, 9);
    assertThat(refused.outcome()).isEqualTo(Errno.ENOLCK);
    assertThat(full.held()).isEqualTo(1);
  }

  @Test
  void anInterruptEndsTheWait() {
    a.set(WRITE, 0, 9);
    RecordedReply waiting = b.await(WRITE, 0, 9);
    waiting.interrupt();
    assertThat(waiting.outcome()).isEqualTo(Errno.EINTR);
    a.unlock(0, 9);
    assertThat(table.isEmpty()).isTrue();
  }

  @Test
  void anInterruptThatCameBeforeTheRequestEndsTheWait() {
    a.set(WRITE, 0, 9);
    RecordedReply reply = new RecordedReply();
    reply.interrupt();
    b.await(reply, WRITE, 0, 9);
    assertThat(reply.outcome()).isEqualTo(Errno.EINTR);
  }

  @Test
  void anInterruptThatCameBeforeTheRequestDoesNotTakeAFreeLockAway() {
    RecordedReply reply = new RecordedReply();
    reply.interrupt();
    a.await(reply, WRITE, 0, 9);
    assertThat(reply.outcome()).isEqualTo("ok");
    assertThat(table.held()).isEqualTo(1);
  }

  @Test
  void anInterruptAfterTheLockWasGivenChangesNothing() {
    a.set(WRITE, 0, 9);
    RecordedReply waiting = b.await(WRITE, 0, 9);
    a.unlock(0, 9);
    waiting.interrupt();
    assertThat(waiting.outcome()).isEqualTo("ok");
    assertThat(c.get(READ, 0, 0)).isEqualTo(b.held(WRITE, 0, 9));
  }

  @Test
  void anInterruptWhileTheLockIsBeingGivenComesTooLate() {
    a.set(WRITE, 0, 9);
    AtomicReference<RecordedReply> waiting = new AtomicReference<>();
    // The table has decided, but not answered yet, when the reply of the unlock is completed.
    RecordedReply unlock = new RecordedReply(() -> waiting.get().interrupt());
    waiting.set(b.await(WRITE, 0, 9));
    a.await(unlock, Locker.UNLOCK, 0, 9);
    assertThat(waiting.get().outcome()).isEqualTo("ok");
    assertThat(c.set(READ, 0, 0)).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void othersAreServedPastOneWhoWasInterrupted() {
    a.set(WRITE, 0, 9);
    RecordedReply first = b.await(WRITE, 0, 9);
    RecordedReply second = c.await(WRITE, 0, 9);
    first.interrupt();
    a.unlock(0, 9);
    assertThat(first.outcome()).isEqualTo(Errno.EINTR);
    assertThat(second.outcome()).isEqualTo("ok");
  }

  @Test
  void aReplyMayComeBackForAnotherLock() {
    a.set(WRITE, 0, 9);
    List<Object> nested = new ArrayList<>();
    b.await(
        new RecordedReply(
            () -> {
              nested.add(b.set(WRITE, 20, 29));
              nested.add(b.unlock(0, 9));
            }),
        WRITE,
        0,
        9);
    RecordedReply last = c.await(WRITE, 0, 9);
    a.unlock(0, 9);
    assertThat(nested).containsExactly("ok", "ok");
    assertThat(last.outcome()).isEqualTo("ok");
  }

  @Test
  @Timeout(60)
  void whileRepliesAreCompletedOthersCanUseTheTable() {
    a.set(WRITE, 0, 9);
    List<Integer> held = new ArrayList<>();
    Runnable anotherThread =
        () ->
            held.add(CompletableFuture.supplyAsync(table::held, Thread::startVirtualThread).join());
    RecordedReply interrupted = b.await(new RecordedReply(anotherThread), WRITE, 0, 9);
    c.await(new RecordedReply(anotherThread), WRITE, 0, 9);
    interrupted.interrupt();
    a.unlock(0, 9);
    assertThat(held).containsExactly(1, 1);
  }

  @Test
  void aReplyThatThrowsDoesNotKeepOthersFromTheirs() {
    a.set(WRITE, 0, 9);
    b.await(
        new RecordedReply(
            () -> {
              throw new IllegalArgumentException("b");
            }),
        READ,
        0,
        9);
    RecordedReply other = c.await(READ, 0, 9);
    assertThatThrownBy(() -> a.unlock(0, 9)).hasMessage("b");
    assertThat(other.outcome()).isEqualTo("ok");
  }
}
