package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ALICE;
import static dev.fused.fs.memory.TestStore.PAGE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.errno;
import static dev.fused.fs.memory.TestStore.name;
import static dev.fused.fs.memory.TestStore.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InodeStoreTest {
  private final TestStore store = new TestStore();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 64, 1000})
  void theRootHasNodeidOneWhateverTheNumberOfShards(int shards) {
    TestStore sharded = new TestStore(MemoryOptions.of(1 << 20, 1000), shards);
    Set<Long> nodeids = new HashSet<>();
    nodeids.add(ROOT);
    for (int i = 0; i < 500; i++) {
      assertThat(nodeids.add(sharded.file(ROOT, "f" + i))).isTrue();
    }

    assertThat(sharded.store.get(ROOT)).isSameAs(sharded.store.root);
    assertThat(sharded.stat(ROOT).mode()).isEqualTo(041777);
    nodeids.forEach(nodeid -> assertThat(sharded.inode(nodeid).nodeid).isEqualTo(nodeid));
  }

  @Test
  void filesOfOneDirectoryAreSpreadOverTheShards() {
    Set<Long> shards = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      shards.add(store.file(ROOT, "f" + i) & 3);
    }

    assertThat(shards).hasSize(4);
  }

  @Test
  void anInodeLivesWhileItHasAName() {
    long file = store.file(ROOT, "f");
    store.store.forget(file, 1);

    assertThat(store.nodeid(ROOT, "f")).isEqualTo(file);
  }

  @Test
  void anInodeLivesWhileItHasALookup() {
    long file = store.file(ROOT, "f");
    store.write(file, 0, "text");
    store.names.unlink(ROOT, name("f"));

    assertThat(store.text(file)).isEqualTo("text");
    store.store.forget(file, 1);
    assertThat(errno(store.attributes.getattr(file))).isEqualTo(Errno.ESTALE);
  }

  @Test
  void anInodeLivesWhileItIsOpen() {
    long file = ok(store.names.create(ROOT, name("f"), 0600, ALICE)).ino();
    assertThat(store.io.open(file, false, false)).isNull();
    store.write(file, 0, "text");
    store.names.unlink(ROOT, name("f"));
    store.store.forget(file, 1);

    store.io.release(file);
    assertThat(store.text(file)).isEqualTo("text");
    store.io.release(file);
    assertThat(store.store.get(file)).isNull();
    assertThat(store.store.limits.pages.used()).isZero();
  }

  @Test
  void anOpenDirectoryOutlivesItsName() {
    long dir = store.directory(ROOT, "d");
    assertThat(store.io.opendir(dir)).isNull();
    store.names.rmdir(ROOT, name("d"));
    store.store.forget(dir, 1);

    assertThat(store.stat(dir).nlink()).isZero();
    store.io.release(dir);
    assertThat(store.store.get(dir)).isNull();
  }

  @Test
  void everyLookupIsTakenBackBeforeAnInodeGoes() {
    long file = store.file(ROOT, "f");
    ok(store.names.lookup(ROOT, name("f")));
    store.names.unlink(ROOT, name("f"));

    store.store.forget(file, 1);
    assertThat(store.store.get(file)).isNotNull();
    store.store.forget(file, 1);
    assertThat(store.store.get(file)).isNull();
  }

  @Test
  void forgettingTooMuchOrTheUnknownDoesNoHarm() {
    long file = store.file(ROOT, "f");
    store.store.forget(file, 5);
    store.store.forget(file, -1);
    store.store.forget(ROOT, 100);
    store.store.forget(0, 1);
    store.store.forget(1L << 50, 1);
    store.io.release(file);
    store.io.release(1L << 50);

    assertThat(store.nodeid(ROOT, "f")).isEqualTo(file);
    assertThat(store.inode(file).lookupCount()).isZero();
    assertThat(store.inode(file).openCount()).isZero();
  }

  @Test
  void aNumberThatWasFreedIsNotGivenAgain() {
    Set<Long> nodeids = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      long file = store.file(ROOT, "f");
      assertThat(nodeids.add(file)).isTrue();
      store.names.unlink(ROOT, name("f"));
      store.store.forget(file, 1);
    }
  }

  @Test
  void theLastInodeCanBeMadeAndNoneAfterIt() {
    TestStore small = new TestStore(MemoryOptions.of(1 << 20, 4));
    small.file(ROOT, "a");
    small.directory(ROOT, "b");
    small.symlink(ROOT, "c", "x");

    assertThat(errno(small.names.mknod(ROOT, name("d"), 0600, 0, ALICE))).isEqualTo(Errno.ENOSPC);
    assertThat(errno(small.names.tmpfile(ROOT, 0600, ALICE, false))).isEqualTo(Errno.ENOSPC);
    assertThat(small.exists(ROOT, "d")).isFalse();
    assertThat(small.store.limits.inodes.available()).isZero();
  }

  @Test
  void aFurtherLinkCountsAsAnInode() {
    TestStore small = new TestStore(MemoryOptions.of(1 << 20, 3));
    long file = small.file(ROOT, "a");
    ok(small.names.link(file, ROOT, name("b")));

    assertThat(errno(small.names.link(file, ROOT, name("c")))).isEqualTo(Errno.ENOSPC);
    small.names.unlink(ROOT, name("a"));
    ok(small.names.link(file, ROOT, name("c")));
    small.names.unlink(ROOT, name("b"));
    small.names.unlink(ROOT, name("c"));
    small.store.forget(file, 5);
    assertThat(small.store.limits.inodes.used()).isEqualTo(1);
  }

  @Test
  void theFirstNameOfAFileWithoutNameIsCountedAlready() {
    TestStore small = new TestStore(MemoryOptions.of(1 << 20, 2));
    long file = ok(small.names.tmpfile(ROOT, 0600, ALICE, false)).ino();

    ok(small.names.link(file, ROOT, name("a")));
    assertThat(small.store.limits.inodes.used()).isEqualTo(2);
  }

  @Test
  void spaceIsUsedUntilTheLastHandleAndLookupAreGone() {
    long file = ok(store.names.create(ROOT, name("f"), 0600, ALICE)).ino();
    store.write(file, 0, new byte[3 * PAGE]);
    store.names.unlink(ROOT, name("f"));
    store.io.release(file);
    assertThat(store.store.limits.pages.used()).isEqualTo(3);
    assertThat(store.store.orphans.count()).isEqualTo(1);

    store.store.forget(file, 1);
    assertThat(store.store.limits.pages.used()).isZero();
    assertThat(store.store.limits.inodes.used()).isEqualTo(1);
    assertThat(store.store.orphans.count()).isZero();
  }

  @Test
  void anOrphanCountsUntilItsSpaceIsFree() {
    long file = ok(store.names.create(ROOT, name("f"), 0600, ALICE)).ino();
    store.names.unlink(ROOT, name("f"));
    store.io.release(file);
    List<Long> orphans = new ArrayList<>();
    store.store.whenFreed(nodeid -> orphans.add(store.store.orphans.count()));

    store.store.forget(file, 1);

    assertThat(orphans).containsExactly(1L);
    assertThat(store.store.orphans.count()).isZero();
  }

  @Test
  void anOrphanThatGetsANameIsNoneAnyMore() {
    long file = ok(store.names.tmpfile(ROOT, 0600, ALICE, false)).ino();
    assertThat(store.store.orphans.count()).isEqualTo(1);

    ok(store.names.link(file, ROOT, name("f")));
    assertThat(store.store.orphans.count()).isZero();
  }

  @Test
  void whatIsFreedAtOnceWasNeverAnOrphan() {
    long file = store.file(ROOT, "f");
    store.store.forget(file, 1);
    store.names.unlink(ROOT, name("f"));

    assertThat(store.store.get(file)).isNull();
    assertThat(store.store.orphans.count()).isZero();
  }

  @Test
  void longTargetsCountAsMetadataAndShortOnesDoNot() {
    TestStore small = new TestStore(MemoryOptions.of(1 << 20, 100).withMetadata(1000));
    small.symlink(ROOT, "short", "t".repeat(127));
    assertThat(small.store.limits.metadata.used()).isZero();
    long first = small.symlink(ROOT, "long", "t".repeat(900));
    assertThat(errno(small.names.symlink(ROOT, name("m"), name("t".repeat(128)), ALICE)))
        .isEqualTo(Errno.ENOSPC);
    assertThat(errno(small.names.symlink(ROOT, name("long"), name("t".repeat(100)), ALICE)))
        .isEqualTo(Errno.EEXIST);

    small.names.unlink(ROOT, name("long"));
    small.store.forget(first, 1);
    assertThat(small.store.limits.metadata.used()).isZero();
  }
}
