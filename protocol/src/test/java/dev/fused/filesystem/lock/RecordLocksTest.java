package dev.fused.filesystem.lock;

import static dev.fused.filesystem.lock.Locker.END;
import static dev.fused.filesystem.lock.Locker.READ;
import static dev.fused.filesystem.lock.Locker.UNLOCK;
import static dev.fused.filesystem.lock.Locker.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileLock;
import org.junit.jupiter.api.Test;

/** Locks of fcntl(2) that nobody waits for. */
class RecordLocksTest {
  private static final long FILE = 5;

  private final LockTable table = new LockTable();
  private final Locker a = Locker.process(table, FILE, 1);
  private final Locker b = Locker.process(table, FILE, 2);
  private final Locker c = Locker.process(table, FILE, 3);

  private static FileLock none(long start, long end) {
    return new FileLock(start, end, UNLOCK, 0);
  }

  @Test
  void readersShare() {
    assertThat(a.set(READ, 0, 9)).isEqualTo("ok");
    assertThat(b.set(READ, 5, 14)).isEqualTo("ok");
    assertThat(table.held()).isEqualTo(2);
  }

  @Test
  void aWriterExcludesReadersAndWriters() {
    a.set(WRITE, 5, 9);
    assertThat(b.set(READ, 9, 9)).isEqualTo(Errno.EAGAIN);
    assertThat(b.set(WRITE, 0, 5)).isEqualTo(Errno.EAGAIN);
    assertThat(b.set(WRITE, 0, 4)).isEqualTo("ok");
    assertThat(b.set(WRITE, 10, END)).isEqualTo("ok");
  }

  @Test
  void aReaderExcludesWriters() {
    a.set(READ, 0, 9);
    assertThat(b.set(WRITE, 9, 20)).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void anOwnerIsNotInItsOwnWay() {
    a.set(WRITE, 0, 9);
    assertThat(a.set(READ, 5, 20)).isEqualTo("ok");
    assertThat(a.set(WRITE, 0, END)).isEqualTo("ok");
    assertThat(table.held()).isEqualTo(1);
  }

  @Test
  void locksOfOneFileAreNotInTheWayOnAnother() {
    a.set(WRITE, 0, END);
    assertThat(b.on(6).set(WRITE, 0, END)).isEqualTo("ok");
  }

  @Test
  void aConversionThatCannotBeHadKeepsTheOldLock() {
    a.set(READ, 0, 9);
    b.set(READ, 5, 5);
    assertThat(a.set(WRITE, 0, 9)).isEqualTo(Errno.EAGAIN);
    assertThat(c.get(WRITE, 0, 4)).isEqualTo(a.held(READ, 0, 9));
  }

  @Test
  void adjacentLocksOfOneTypeAreOne() {
    a.set(WRITE, 10, 19);
    a.set(WRITE, 0, 9);
    a.set(WRITE, 20, 29);
    assertThat(b.get(READ, 15, 15)).isEqualTo(a.held(WRITE, 0, 29));
    assertThat(table.held()).isEqualTo(1);
  }

  @Test
  void aLockThatFillsTheGapJoinsItsNeighbours() {
    a.set(READ, 0, 9);
    a.set(READ, 20, 29);
    a.set(READ, 10, 19);
    assertThat(b.get(WRITE, 0, 0)).isEqualTo(a.held(READ, 0, 29));
  }

  @Test
  void adjacentLocksOfDifferentTypesOrOwnersStayApart() {
    a.set(WRITE, 0, 9);
    a.set(READ, 10, 19);
    b.set(READ, 20, 29);
    assertThat(c.get(WRITE, 12, 12)).isEqualTo(a.held(READ, 10, 19));
    assertThat(table.held()).isEqualTo(3);
  }

  @Test
  void theLastByteOfAllCanBeLockedAndJoined() {
    a.set(WRITE, END, END);
    assertThat(b.get(READ, 0, END)).isEqualTo(a.held(WRITE, END, END));
    a.set(WRITE, 7, END - 1);
    assertThat(b.get(READ, 0, END)).isEqualTo(a.held(WRITE, 7, END));
    assertThat(a.unlock(END, END)).isEqualTo("ok");
    assertThat(b.set(WRITE, END, END)).isEqualTo("ok");
  }

  @Test
  void unlockingTheMiddleLeavesBothEnds() {
    a.set(WRITE, 0, END);
    a.unlock(10, 19);
    assertThat(b.get(READ, 0, 19)).isEqualTo(a.held(WRITE, 0, 9));
    assertThat(b.get(READ, 10, END)).isEqualTo(a.held(WRITE, 20, END));
    assertThat(b.set(WRITE, 10, 19)).isEqualTo("ok");
  }

  @Test
  void unlockingTakesPartsOfSeveralLocks() {
    a.set(WRITE, 0, 9);
    a.set(READ, 10, 19);
    a.set(WRITE, 30, 39);
    a.unlock(5, 34);
    assertThat(b.get(READ, 0, END)).isEqualTo(a.held(WRITE, 0, 4));
    assertThat(b.get(READ, 5, END)).isEqualTo(a.held(WRITE, 35, 39));
    assertThat(table.held()).isEqualTo(2);
  }

  @Test
  void aDowngradeInTheMiddleMakesThreeOfOne() {
    a.set(WRITE, 0, 29);
    a.set(READ, 10, 19);
    assertThat(b.get(WRITE, 10, 10)).isEqualTo(a.held(READ, 10, 19));
    assertThat(b.set(READ, 10, 19)).isEqualTo("ok");
    assertThat(b.get(READ, 0, 29)).isEqualTo(a.held(WRITE, 0, 9));
    assertThat(b.get(READ, 10, 29)).isEqualTo(a.held(WRITE, 20, 29));
  }

  @Test
  void anUpgradeReplacesWhatItCovers() {
    a.set(READ, 0, 29);
    a.set(WRITE, 10, 39);
    assertThat(b.get(WRITE, 0, 0)).isEqualTo(a.held(READ, 0, 9));
    assertThat(b.get(READ, 0, END)).isEqualTo(a.held(WRITE, 10, 39));
  }

  @Test
  void unlockingWhatIsNotLockedSucceedsAndLeavesNothing() {
    assertThat(a.unlock(0, END)).isEqualTo("ok");
    assertThat(a.await(UNLOCK, 0, END).outcome()).isEqualTo("ok");
    assertThat(table.isEmpty()).isTrue();
    b.set(WRITE, 0, 9);
    assertThat(a.unlock(0, END)).isEqualTo("ok");
    assertThat(a.get(READ, 0, 0)).isEqualTo(b.held(WRITE, 0, 9));
  }

  @Test
  void getlkNamesTheLockThatStartsFirst() {
    c.set(READ, 20, 29);
    a.set(READ, 10, 40);
    assertThat(b.get(WRITE, 25, END)).isEqualTo(a.held(READ, 10, 40));
    assertThat(b.get(READ, 25, END)).isEqualTo(none(25, END));
  }

  @Test
  void getlkOfAnUnlockNamesTheOwnersFirstLock() {
    a.set(READ, 10, 19);
    a.set(WRITE, 30, 39);
    b.set(READ, 0, 9);
    assertThat(a.get(UNLOCK, 0, END)).isEqualTo(a.held(READ, 10, 19));
    assertThat(a.get(UNLOCK, 20, END)).isEqualTo(a.held(WRITE, 30, 39));
    assertThat(a.get(UNLOCK, 0, 9)).isEqualTo(none(0, 9));
  }

  @Test
  void getlkOfAFileWithoutLocksFindsNone() {
    assertThat(a.get(WRITE, 0, END)).isEqualTo(none(0, END));
    assertThat(table.isEmpty()).isTrue();
  }

  @Test
  void flushDropsAllLocksOfItsOwnerOnThatFile() {
    a.set(WRITE, 0, 9);
    a.set(READ, 20, 29);
    a.on(6).set(WRITE, 0, 9);
    b.set(WRITE, 40, 49);
    a.flush();
    assertThat(c.set(WRITE, 0, 39)).isEqualTo("ok");
    assertThat(c.set(WRITE, 40, 49)).isEqualTo(Errno.EAGAIN);
    assertThat(c.on(6).set(WRITE, 0, 9)).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void releaseDropsTheLocksOfAnOpenFileDescription() {
    Locker first = Locker.description(table, FILE, 71, 1);
    Locker second = Locker.description(table, FILE, 72, 1);
    first.set(WRITE, 0, 9);
    second.set(WRITE, 10, 19);
    assertThat(second.set(WRITE, 0, 19)).isEqualTo(Errno.EAGAIN);
    first.release();
    assertThat(second.set(WRITE, 0, 19)).isEqualTo("ok");
    second.release();
    assertThat(table.isEmpty()).isTrue();
  }

  @Test
  void aProcessClosingTheFileDoesNotDropTheLocksOfADescription() {
    Locker description = Locker.description(table, FILE, 71, 1);
    description.set(WRITE, 0, 9);
    a.flush();
    assertThat(b.set(READ, 0, 0)).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void releaseOfAHandleLeavesWhatWasLockedThroughOthersOrNone() {
    a.set(WRITE, 0, 9);
    Locker.description(table, FILE, 71, 1).set(WRITE, 10, 19);
    Locker.description(table, FILE, 72, 1).release();
    a.release();
    assertThat(table.held()).isEqualTo(2);
  }

  @Test
  void whatCannotBeARangeOrTypeIsRefused() {
    assertThat(a.set(WRITE, 9, 8)).isEqualTo(Errno.EINVAL);
    assertThat(a.set(WRITE, -1, 8)).isEqualTo(Errno.EINVAL);
    assertThat(a.set(3, 0, 8)).isEqualTo(Errno.EINVAL);
    assertThat(a.await(-1, 0, 8).outcome()).isEqualTo(Errno.EINVAL);
    assertThat(a.get(READ, 9, 8)).isEqualTo(Errno.EINVAL);
    assertThat(table.isEmpty()).isTrue();
  }

  @Test
  void aFileWithoutLocksCostsNothing() {
    a.set(WRITE, 0, 9);
    a.unlock(0, END);
    a.set(READ, 0, 9);
    b.set(WRITE, 5, 5);
    a.flush();
    assertThat(table.isEmpty()).isTrue();
    assertThat(table.held()).isZero();
  }

  @Test
  void aForgottenInodeHasNoLocks() {
    a.set(WRITE, 0, 9);
    a.on(6).set(WRITE, 0, 9);
    RecordedReply waiting = b.await(WRITE, 0, 9);
    table.forget(FILE);
    table.forget(77);
    assertThat(waiting.outcome()).isEqualTo(Errno.ESTALE);
    assertThat(table.held()).isEqualTo(1);
    assertThat(b.set(WRITE, 0, 9)).isEqualTo("ok");
    waiting.interrupt();
  }

  @Test
  void thereAreNeverMoreLocksThanTheLimit() {
    LockTable small = new LockTable(10, thread -> false);
    Locker process = Locker.process(small, FILE, 1);
    Object outcome = "ok";
    for (int i = 0; outcome.equals("ok"); i++) {
      outcome = process.set(WRITE, 10L * i, 10L * i + 4);
    }
    assertThat(outcome).isEqualTo(Errno.ENOLCK);
    assertThat(small.held()).isBetween(8, 10);
    int held = small.held();
    assertThat(process.unlock(2, 2)).isEqualTo(Errno.ENOLCK);
    assertThat(small.held()).isEqualTo(held);
    assertThat(process.unlock(3, 30)).isEqualTo("ok");
    assertThat(process.set(READ, 12, 13)).isEqualTo("ok");
    process.flush();
    assertThat(small.held()).isZero();
  }
}
