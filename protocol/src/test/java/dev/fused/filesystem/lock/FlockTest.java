package dev.fused.filesystem.lock;

import static dev.fused.filesystem.lock.Locker.END;
import static dev.fused.filesystem.lock.Locker.READ;
import static dev.fused.filesystem.lock.Locker.UNLOCK;
import static dev.fused.filesystem.lock.Locker.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import org.junit.jupiter.api.Test;

/** Locks of flock(2): READ is LOCK_SH, WRITE is LOCK_EX. */
class FlockTest {
  private static final long FILE = 5;

  private final LockTable table = new LockTable();
  private final Locker a = Locker.flocker(table, FILE, 1);
  private final Locker b = Locker.flocker(table, FILE, 2);
  private final Locker c = Locker.flocker(table, FILE, 3);

  private static Object lockNow(Locker locker, int type) {
    return locker.set(type, 0, END);
  }

  private static RecordedReply lock(Locker locker, int type) {
    return locker.await(type, 0, END);
  }

  @Test
  void sharedLocksShareAndExclusiveOnesExclude() {
    assertThat(lockNow(a, READ)).isEqualTo("ok");
    assertThat(lockNow(b, READ)).isEqualTo("ok");
    assertThat(lockNow(c, WRITE)).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void theWholeFileIsMeantWhateverTheRange() {
    a.set(WRITE, 0, 4);
    assertThat(b.set(READ, 10, 19)).isEqualTo(Errno.EAGAIN);
    a.set(UNLOCK, 2, 2);
    assertThat(lockNow(b, WRITE)).isEqualTo("ok");
  }

  @Test
  void flockAndFcntlKnowNothingOfEachOther() {
    Locker process = Locker.process(table, FILE, 7);
    assertThat(process.set(WRITE, 0, END)).isEqualTo("ok");
    assertThat(lockNow(a, WRITE)).isEqualTo("ok");
    Locker sameOwner = new Locker(table, FILE, process.owner(), 7, 0, a.lkFlags());
    assertThat(lockNow(sameOwner, READ)).isEqualTo(Errno.EAGAIN);
    sameOwner.set(UNLOCK, 0, END);
    assertThat(b.set(READ, 0, 0)).isEqualTo(Errno.EAGAIN);
    assertThat(Locker.process(table, FILE, 8).set(READ, 0, 0)).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void anOnlyHolderIsConvertedAtOnce() {
    lockNow(a, READ);
    assertThat(lockNow(a, WRITE)).isEqualTo("ok");
    assertThat(lockNow(b, READ)).isEqualTo(Errno.EAGAIN);
    assertThat(lockNow(a, READ)).isEqualTo("ok");
    assertThat(lockNow(b, READ)).isEqualTo("ok");
  }

  @Test
  void aConversionThatFailsLosesTheOldLock() {
    lockNow(a, READ);
    lockNow(b, READ);
    assertThat(lockNow(a, WRITE)).isEqualTo(Errno.EAGAIN);
    assertThat(lockNow(b, WRITE)).isEqualTo("ok");
  }

  @Test
  void aConversionThatIsInterruptedLosesTheOldLock() {
    lockNow(a, READ);
    lockNow(b, READ);
    RecordedReply conversion = lock(a, WRITE);
    conversion.interrupt();
    assertThat(conversion.outcome()).isEqualTo(Errno.EINTR);
    b.unlock(0, END);
    assertThat(table.isEmpty()).isTrue();
  }

  @Test
  void twoConversionsDoNotWaitForEachOther() {
    lockNow(a, READ);
    lockNow(b, READ);
    RecordedReply first = lock(a, WRITE);
    RecordedReply second = lock(b, WRITE);
    assertThat(first.outcome()).isEqualTo("waits");
    assertThat(second.outcome()).isEqualTo("ok");
    b.unlock(0, END);
    assertThat(first.outcome()).isEqualTo("ok");
  }

  @Test
  void whoConvertsComesBeforeThoseWhoWait() {
    lockNow(a, READ);
    RecordedReply waiting = lock(b, WRITE);
    assertThat(lockNow(a, WRITE)).isEqualTo("ok");
    assertThat(waiting.outcome()).isEqualTo("waits");
  }

  @Test
  void whatAFailedConversionLosesIsGivenToThoseWhoWait() {
    lockNow(a, WRITE);
    RecordedReply reader = lock(b, READ);
    RecordedReply writer = lock(c, WRITE);
    lockNow(a, READ);
    assertThat(reader.outcome()).isEqualTo("ok");
    assertThat(lockNow(a, WRITE)).isEqualTo(Errno.EAGAIN);
    assertThat(writer.outcome()).isEqualTo("waits");
    b.unlock(0, END);
    assertThat(writer.outcome()).isEqualTo("ok");
  }

  @Test
  void theSameTypeAgainIsKept() {
    lockNow(a, READ);
    lockNow(b, READ);
    assertThat(lockNow(a, READ)).isEqualTo("ok");
    assertThat(table.held()).isEqualTo(2);
  }

  @Test
  void releaseDropsTheLockOfItsOwner() {
    lockNow(a, READ);
    lockNow(b, READ);
    RecordedReply waiting = lock(c, WRITE);
    a.releaseFlock();
    assertThat(waiting.outcome()).isEqualTo("waits");
    b.releaseFlock();
    assertThat(waiting.outcome()).isEqualTo("ok");
  }

  /** The kernel makes the owner of an address, which may be used again before RELEASE is read. */
  @Test
  void aLateReleaseLeavesTheLockOfTheFileThatHasTheOwnerByThen() {
    Locker closed = Locker.description(table, FILE, 10, 1).flock();
    Locker opened = new Locker(table, FILE, closed.owner(), 2, 11, closed.lkFlags());
    lockNow(closed, WRITE);
    assertThat(lockNow(opened, WRITE)).isEqualTo("ok");

    closed.releaseFlock();
    assertThat(lockNow(a, READ)).isEqualTo(Errno.EAGAIN);
    opened.releaseFlock();
    assertThat(lockNow(a, READ)).isEqualTo("ok");
  }

  @Test
  void releaseWithoutTheFlagDropsNothing() {
    lockNow(a, WRITE);
    a.release();
    assertThat(lockNow(b, READ)).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void closingADescriptorDropsNothing() {
    lockNow(a, WRITE);
    a.flush();
    assertThat(lockNow(b, READ)).isEqualTo(Errno.EAGAIN);
  }

  @Test
  void circlesOfWaitingAreNotLookedFor() {
    lockNow(a, WRITE);
    lockNow(b.on(6), WRITE);
    RecordedReply first = lock(a.on(6), WRITE);
    RecordedReply second = lock(b, WRITE);
    assertThat(first.outcome()).isEqualTo("waits");
    assertThat(second.outcome()).isEqualTo("waits");
  }
}
