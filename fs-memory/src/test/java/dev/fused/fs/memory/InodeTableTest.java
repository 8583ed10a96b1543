package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class InodeTableTest {
  private static final int LEAF = 256;

  private final InodeTable table = new InodeTable(2);

  @Test
  void aNumberThatWasNeverGivenHasNoInode() {
    for (long number : new long[] {0, 1, 2, 300, 1L << 20, 1L << 40, Long.MAX_VALUE, -1}) {
      assertThat(table.get(number)).as("number %d", number).isNull();
    }
  }

  @Test
  void everyInodeIsFoundByItsNumberAndNoOther() {
    List<Inode> inodes = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      inodes.add(add());
    }

    for (Inode inode : inodes) {
      assertThat(table.get(inode.nodeid)).isSameAs(inode);
    }
    assertThat(table.get(inodes.getLast().nodeid + 1)).isNull();
  }

  @Test
  void numbersAreNotUsedAgain() {
    Set<Long> numbers = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      Inode inode = add();
      assertThat(numbers.add(inode.nodeid)).isTrue();
      table.remove(inode.nodeid);
      assertThat(table.get(inode.nodeid)).isNull();
    }
  }

  @Test
  void emptyLeavesAreDropped() {
    List<Inode> inodes = new ArrayList<>();
    for (int i = 0; i < 40 * LEAF; i++) {
      inodes.add(add());
    }
    assertThat(table.leafCount()).isBetween(40, 41);

    inodes.forEach(inode -> table.remove(inode.nodeid));
    assertThat(table.leafCount()).isLessThanOrEqualTo(1);
  }

  @Test
  void makingAndRemovingOneInodeForEverTakesOneLeaf() {
    for (int i = 0; i < 10 * LEAF; i++) {
      table.remove(add().nodeid);
      assertThat(table.leafCount()).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void farNumbersMakeTheTableGrowWithoutLosingNearOnes() {
    InodeTable far = new InodeTable((1L << 40) - 3);
    List<Inode> inodes = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Inode inode = inode(far.newNumber());
      far.put(inode.nodeid, inode);
      inodes.add(inode);
    }

    inodes.forEach(inode -> assertThat(far.get(inode.nodeid)).isSameAs(inode));
  }

  @Test
  void removingWhatIsNotThereIsNoticed() {
    assertThatThrownBy(() -> table.remove(77)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void threadsThatMakeAndRemoveFindTheirOwnInodes() throws InterruptedException {
    Set<Throwable> failures = ConcurrentHashMap.newKeySet();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Runnable work =
          () -> {
            List<Inode> mine = new ArrayList<>();
            for (int n = 0; n < 5000; n++) {
              mine.add(add());
              if (n % 3 == 2) {
                table.remove(mine.removeFirst().nodeid);
              }
              Inode last = mine.getLast();
              assertThat(table.get(last.nodeid)).isSameAs(last);
            }
            mine.forEach(inode -> table.remove(inode.nodeid));
          };
      Thread thread = Thread.ofPlatform().unstarted(work);
      thread.setUncaughtExceptionHandler((t, failure) -> failures.add(failure));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(failures).isEmpty();
    assertThat(table.leafCount()).isLessThanOrEqualTo(1);
  }

  private Inode add() {
    Inode inode = inode(table.newNumber());
    table.put(inode.nodeid, inode);
    return inode;
  }

  private static Inode inode(long number) {
    return new RegularFile(number, 0644, new Owner(0, 0), Instant.ofEpochSecond(0));
  }
}
