package dev.fused.filesystem.lock;

import static dev.fused.filesystem.lock.Locker.END;
import static dev.fused.filesystem.lock.Locker.READ;
import static dev.fused.filesystem.lock.Locker.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many processes at once; each waits for its own reply, the table for none of them. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConcurrencyTest {
  private static final int PROCESSES = 64;
  private static final int ROUNDS = 300;
  private static final int FILES = 3;
  private static final int BYTES = 12;

  /** How long a lock is held, so that others come to wait for it. */
  private static final long WORK_NANOS = 20_000;

  private final LockTable table = new LockTable();

  /** Per byte of each file: readers, or −1 for a writer. */
  private final AtomicIntegerArray users = new AtomicIntegerArray(FILES * BYTES);

  private final BlockingQueue<RecordedReply> open = new LinkedBlockingQueue<>();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicInteger interrupted = new AtomicInteger();

  @Test
  void nobodyIsForgottenOrServedTwiceAndLocksExclude() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> interrupter =
          threads.submit(
              () -> {
                while (!over.get()) {
                  RecordedReply reply = open.poll(1, TimeUnit.MILLISECONDS);
                  if (reply != null) {
                    reply.interrupt();
                  }
                }
                return null;
              });
      List<Future<?>> processes = new ArrayList<>();
      for (int pid = 1; pid <= PROCESSES; pid++) {
        int self = pid;
        processes.add(threads.submit(() -> lockAndUnlock(self)));
      }
      for (Future<?> process : processes) {
        process.get(100, TimeUnit.SECONDS);
      }
      over.set(true);
      interrupter.get(10, TimeUnit.SECONDS);
    }
    assertThat(table.isEmpty()).isTrue();
    assertThat(table.held()).isZero();
    assertThat(served.get()).isPositive();
    assertThat(interrupted.get()).isPositive();
  }

  private void lockAndUnlock(int pid) {
    Random random = new Random(pid);
    for (int round = 0; round < ROUNDS; round++) {
      int file = random.nextInt(FILES);
      boolean flock = pid % 4 == 0;
      Locker locker =
          flock ? Locker.flocker(table, 100 + file, pid) : Locker.process(table, 1 + file, pid);
      int type = random.nextBoolean() ? READ : WRITE;
      int start = random.nextInt(BYTES);
      int end = Math.min(BYTES - 1, start + random.nextInt(4));
      RecordedReply reply = new RecordedReply();
      if (random.nextInt(4) == 0) {
        open.add(reply);
      }
      Object outcome = locker.await(reply, type, start, end).join();
      if (outcome == Errno.EINTR) {
        interrupted.incrementAndGet();
        continue;
      }
      assertThat(outcome).isEqualTo("ok");
      served.incrementAndGet();
      if (!flock) {
        use(file, type, start, end);
      }
      if (flock) {
        locker.releaseFlock();
      } else if (random.nextInt(3) == 0) {
        locker.flush();
      } else {
        assertThat(locker.unlock(0, END)).isEqualTo("ok");
      }
    }
  }

  private void use(int file, int type, int start, int end) {
    for (int i = start; i <= end; i++) {
      int now =
          type == READ
              ? users.incrementAndGet(file * BYTES + i)
              : users.decrementAndGet(file * BYTES + i);
      assertThat(type == READ ? now >= 1 : now == -1).isTrue();
    }
    LockSupport.parkNanos(WORK_NANOS);
    for (int i = start; i <= end; i++) {
      users.addAndGet(file * BYTES + i, type == READ ? -1 : 1);
    }
  }

  @Test
  void whoeverHoldsSeveralLocksIsTheOnlyOneOrIsToldOfTheDeadlock() throws Exception {
    AtomicInteger deadlocks = new AtomicInteger();
    AtomicInteger[] inside = {new AtomicInteger(), new AtomicInteger(), new AtomicInteger()};
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> processes = new ArrayList<>();
      for (int pid = 1; pid <= PROCESSES; pid++) {
        Locker locker = Locker.process(table, 1, pid);
        processes.add(threads.submit(() -> lockTwo(locker, inside, deadlocks)));
      }
      for (Future<?> process : processes) {
        process.get(100, TimeUnit.SECONDS);
      }
    }
    assertThat(deadlocks.get()).isPositive();
    assertThat(table.isEmpty()).isTrue();
  }

  private static void lockTwo(Locker locker, AtomicInteger[] inside, AtomicInteger deadlocks) {
    Random random = new Random(locker.pid());
    int done = 0;
    while (done < 50) {
      int first = random.nextInt(inside.length);
      int second = random.nextInt(inside.length);
      assertThat(locker.on(1 + first).await(WRITE, 0, 0).join()).isEqualTo("ok");
      LockSupport.parkNanos(WORK_NANOS);
      Object outcome = locker.on(1 + second).await(WRITE, 0, 0).join();
      if (outcome == Errno.EDEADLK) {
        deadlocks.incrementAndGet();
      } else {
        assertThat(outcome).isEqualTo("ok");
        assertThat(inside[second].incrementAndGet()).isEqualTo(1);
        inside[second].decrementAndGet();
        done++;
      }
      locker.on(1 + first).unlock(0, END);
      locker.on(1 + second).flush();
    }
  }
}
