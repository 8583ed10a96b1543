package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What breaks the order of locks is found: here, and so in all tests of this package. */
class LockOrderCheckTest {
  private final TestStore store = new TestStore();
  private final Directory root = store.store.root;
  private final Inode file = store.inode(store.file(ROOT, "f"));
  private final Inode laterFile = store.inode(store.file(ROOT, "g"));
  private final Readers leaf = new Readers(new FragmentArena(new PageArena()));

  @Test
  void whatTheOrderAllowsPasses() {
    boolean ran =
        store.names.withStableTree(
            () -> {
              synchronized (root) {
                synchronized (file) {
                  synchronized (laterFile) {
                    // Again, and so in no order.
                    synchronized (root) {
                      return leaf.isIdle();
                    }
                  }
                }
              }
            });
    assertThat(ran).isTrue();
  }

  @Test
  void aFileBeforeADirectoryIsFound() {
    assertThatThrownBy(
            () -> {
              synchronized (file) {
                synchronized (root) {
                  store.clock.instant();
                }
              }
            })
        .isInstanceOf(AssertionError.class)
        .hasMessage("Directory 1 is locked by a thread that holds RegularFile " + file.nodeid);
  }

  @Test
  void aLargerNumberBeforeASmallerIsFound() {
    assertThatThrownBy(
            () -> {
              synchronized (laterFile) {
                store.io.release(file.nodeid);
              }
            })
        .hasMessageContaining("is locked by a thread that holds");
  }

  @Test
  void anInodeBeforeTheRenameLockIsFound() {
    assertThatThrownBy(
            () -> {
              synchronized (file) {
                store.paths.pathOf(file.nodeid);
              }
            })
        .hasMessageContaining("Object is locked by a thread that holds");
  }

  @Test
  void anythingAfterATableIsFound() {
    assertThatThrownBy(
            () -> {
              synchronized (leaf) {
                store.stat(file.nodeid);
              }
            })
        .hasMessageContaining("that holds Readers");
    assertThatThrownBy(
            () -> {
              synchronized (leaf) {
                new InodeTable(2).leafCount();
              }
            })
        .hasMessage("InodeTable is locked by a thread that holds Readers");
  }

  @Test
  void whatWasGivenBackDoesNotCount() {
    synchronized (laterFile) {
      assertThat(leaf.isIdle()).isTrue();
    }
    assertThat(store.stat(ROOT).ino()).isEqualTo(ROOT);
  }

  @Test
  void aNewInodeMayBeLockedAtAnyTime() {
    Inode made = new RegularFile(0, 0644, new Owner(0, 0), Instant.EPOCH);
    synchronized (file) {
      synchronized (made) {
        assertThat(Thread.holdsLock(made)).isTrue();
      }
    }
  }
}
