package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ALICE;
import static dev.fused.fs.memory.TestStore.PAGE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.fused.filesystem.CachePolicy;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Readdirplus;
import dev.fused.protocol.request.RequestHeader;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several threads do random things to one small tree; afterwards all must fit together. */
class ConcurrencyTest {
  private static final int THREADS = 4;
  private static final int STEPS = 30_000;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int[] RENAME_FLAGS = {0, 0, 0, 1, 2, 2, 4};

  private final TestStore store = new TestStore(MemoryOptions.of(400 * PAGE, 400));

  /** The lock of the directory behind a name is taken first if its number is smaller. */
  @Test
  void anEntryIsUsedWithTheLockOfTheInodeThatItHasByThen() throws Exception {
    long child = store.directory(ROOT, "child");
    Directory parent = store.dir(store.directory(ROOT, "parent"));
    store.rename(ROOT, "child", parent.nodeid, "name", 0);
    Inode other = store.inode(store.directory(parent.nodeid, "other"));

    boolean isLocked =
        whileOtherExchanges(
            parent,
            child,
            () ->
                Namespace.withEntry(
                    parent,
                    () -> parent.find(name("name")),
                    entry -> entry.inode == other && Thread.holdsLock(other)));

    assertThat(isLocked).isTrue();
  }

  @Test
  void aDirectoryThatGotTheNameMeanwhileIsNotMovedIntoItself() throws Exception {
    long child = store.directory(ROOT, "child");
    Directory parent = store.dir(store.directory(ROOT, "parent"));
    store.rename(ROOT, "child", parent.nodeid, "name", 0);
    long below = store.directory(store.directory(parent.nodeid, "other"), "below");

    Errno errno =
        whileOtherExchanges(
            parent, child, () -> store.rename(parent.nodeid, "name", below, "moved", 0));

    assertThat(errno).isEqualTo(Errno.EINVAL);
    assertThat(store.exists(below, "moved")).isFalse();
  }

  /** What comes of an action if "name" and "other" are exchanged while it waits for the child. */
  private <T> T whileOtherExchanges(Directory parent, long child, Callable<T> action)
      throws Exception {
    FutureTask<T> task = new FutureTask<>(action);
    Thread thread = new Thread(task);
    synchronized (store.inode(child)) {
      thread.start();
      while (thread.getState() != Thread.State.BLOCKED) {
        if (task.isDone()) {
          return fail("it did not wait for the lock: " + task.get());
        }
        Thread.onSpinWait();
      }
      synchronized (parent) {
        Entry entry = parent.find(name("other"));
        Inode other = entry.inode;
        synchronized (other) {
          Directory.exchange(parent.find(name("name")), entry);
        }
      }
    }
    return task.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void whatThreadsDoAtOnceFitsTogetherAndAllSpaceComesBack(long seed) throws Exception {
    run(worker -> new Worker(seed * 100 + worker)::run);

    Map<Inode, Integer> links = new HashMap<>();
    check(store.store.root, links, new HashSet<>());
    long entries = 0;
    long pages = 0;
    for (Map.Entry<Inode, Integer> found : links.entrySet()) {
      Inode inode = found.getKey();
      assertThat(inode.nlink()).isEqualTo(found.getValue());
      assertThat(inode.lookupCount()).isZero();
      assertThat(inode.openCount()).isZero();
      entries += found.getValue();
      pages += inode.pageCount();
    }
    assertThat(store.store.orphans.count()).isZero();
    assertThat(store.store.limits.pages.used()).isEqualTo(pages);
    removeAll(ROOT);
    assertThat(store.store.limits.pages.used()).isZero();
    assertThat(store.store.limits.inodes.used()).isEqualTo(1);
    assertThat(store.store.limits.metadata.used()).isZero();
    assertThat(store.store.openSlabs()).isLessThanOrEqualTo(4);
    assertThat(store.stat(ROOT).nlink()).isEqualTo(2);
    assertThat(entries).isPositive();
  }

  /** Lookups, opens and writes race with the removal of the one name that leads to the inode. */
  @Test
  void anInodeIsFreedOnceHoweverItsEndIsReached() throws Exception {
    run(
        worker ->
            () -> {
              Random random = new Random(worker);
              for (int i = 0; i < STEPS; i++) {
                if (random.nextBoolean()) {
                  if (store.names.create(ROOT, name("f"), 0600, ALICE)
                      instanceof Result.Ok(Attributes made)) {
                    store.io.release(made.ino());
                    store.store.forget(made.ino(), 1);
                  }
                } else if (random.nextBoolean()) {
                  store.names.unlink(ROOT, name("f"));
                } else if (store.names.lookup(ROOT, name("f"))
                    instanceof Result.Ok(Attributes found)) {
                  store.write(found.ino(), 0, new byte[PAGE + 1]);
                  store.store.forget(found.ino(), 1);
                }
              }
            });

    store.names.unlink(ROOT, name("f"));
    assertThat(store.store.limits.inodes.used()).isEqualTo(1);
    assertThat(store.store.limits.pages.used()).isZero();
  }

  /**
   * Readers hold answers while others truncate, write and move fragments to larger ones: what they
   * hold must not change owner. All files have their memory from one shard.
   */
  @ParameterizedTest
  @ValueSource(ints = {150, 2000, 5000, 20 * PAGE})
  void bytesOfOneFileNeverShowInAnother(int size) throws Exception {
    TestStore one = new TestStore(MemoryOptions.of(400 * PAGE, 400), 1);
    long[] files = new long[THREADS];
    for (int i = 0; i < THREADS; i++) {
      files[i] = one.file(ROOT, "f" + i);
    }
    run(
        worker ->
            () -> {
              Random random = new Random(worker);
              byte[] bytes = new byte[size];
              Arrays.fill(bytes, (byte) (worker + 1));
              Queue<Runnable> answers = new ArrayDeque<>();
              for (int i = 0; i < STEPS / 20; i++) {
                one.write(files[worker], 0, Arrays.copyOf(bytes, 1 + random.nextInt(size)));
                int victim = random.nextInt(THREADS);
                ByteBuf[] pieces = TestStore.ok(one.io.read(files[victim], 0, size, 0));
                answers.add(() -> checkAndRelease(pieces, victim + 1));
                one.write(files[worker], random.nextInt(Math.min(size, PAGE)), bytes);
                int max = Math.min(size, 2 * PAGE);
                one.resize(files[worker], Math.max(0, random.nextInt(2 * max) - max));
                if (answers.size() > 5) {
                  answers.remove().run();
                }
              }
              answers.forEach(Runnable::run);
            });

    for (long file : files) {
      one.resize(file, 0);
    }
    assertThat(one.store.limits.pages.used()).isZero();
    assertThat(one.store.openSlabs()).isEqualTo(1);
    one.store.close();
  }

  private static void checkAndRelease(ByteBuf[] pieces, int expected) {
    for (ByteBuf piece : pieces) {
      int stray = piece.forEachByte(b -> b == 0 || b == expected);
      assertThat(stray).as("position of a byte of another file").isEqualTo(-1);
      piece.release();
    }
  }

  private interface Work {
    Runnable forWorker(int worker);
  }

  private static void run(Work work) throws InterruptedException {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Thread thread = Thread.ofPlatform().daemon().unstarted(work.forWorker(i));
      thread.setUncaughtExceptionHandler((failed, failure) -> failures.add(failure));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      boolean ended = thread.join(PATIENCE);
      assertThat(ended).as(() -> List.of(thread.getStackTrace()).toString()).isTrue();
    }
    assertThat(failures).isEmpty();
  }

  /** One client: remembers what it was given, and gives it back in the end. */
  private final class Worker {
    private final Random random;
    private final List<Long> lookups = new ArrayList<>();
    private final List<Long> opened = new ArrayList<>();
    private final List<ByteBuf> pieces = new ArrayList<>();
    private final DirectoryScans scans =
        new DirectoryScans(store.store, attributes -> CachePolicy.NONE);

    Worker(long seed) {
      random = new Random(seed);
    }

    void run() {
      for (int i = 0; i < STEPS; i++) {
        step();
        if (lookups.size() > 50) {
          store.store.forget(lookups.remove(random.nextInt(lookups.size())), 1);
        }
        if (opened.size() > 10) {
          store.io.release(opened.remove(random.nextInt(opened.size())));
        }
        if (pieces.size() > 10) {
          pieces.remove(random.nextInt(pieces.size())).release();
        }
      }
      pieces.forEach(ByteBuf::release);
      opened.forEach(store.io::release);
      lookups.forEach(nodeid -> store.store.forget(nodeid, 1));
    }

    private void step() {
      long dir = inode();
      FileName name = name("n" + random.nextInt(8));
      switch (random.nextInt(16)) {
        case 0 -> keep(store.names.mkdir(dir, name, 0755, ALICE));
        case 1 -> keep(store.names.mknod(dir, name, 0644, 0, ALICE));
        case 2 -> keep(store.names.symlink(dir, name, name("t".repeat(200)), ALICE));
        case 3 -> keepOpen(store.names.create(dir, name, 0644, ALICE));
        case 4 -> keepOpen(store.names.tmpfile(dir, 0600, ALICE, false));
        case 5, 6 -> store.names.unlink(dir, name);
        case 7 -> store.names.rmdir(dir, name);
        case 8, 9 -> {
          FileName other = name("n" + random.nextInt(8));
          int flags = RENAME_FLAGS[random.nextInt(RENAME_FLAGS.length)];
          store.names.rename(dir, name, inode(), other, flags, ALICE);
        }
        case 10 -> keep(store.names.link(inode(), dir, name));
        case 11 -> {
          long file = inode();
          MemorySegment bytes = MemorySegment.ofArray(new byte[1 + random.nextInt(3 * PAGE)]);
          store.io.write(file, random.nextInt(4 * PAGE), bytes, true, 0);
        }
        case 12 -> {
          if (store.io.read(inode(), 0, 4 * PAGE, 0) instanceof Result.Ok(ByteBuf[] read)) {
            pieces.addAll(List.of(read));
          }
        }
        case 13 -> {
          long file = inode();
          if (store.io.open(file, random.nextBoolean(), false) == null) {
            opened.add(file);
          }
          store.io.copy(inode(), 0, inode(), random.nextInt(PAGE), 2 * PAGE);
        }
        case 14 -> {
          if (store.store.get(dir) instanceof Directory directory) {
            RecordingReply reply = new RecordingReply(6);
            RequestHeader header = RequestHeader.of(Opcode.READDIRPLUS, 2, dir, 0, 0, 0);
            Readdirplus listing = new Readdirplus(header, 0, 0, 0, 0, 0, 0);
            scans.listPlus(directory, listing, reply);
            reply.listed.stream()
                .filter(entry -> entry.attributes() != null)
                .forEach(entry -> lookups.add(entry.ino()));
          }
          store.paths.pathOf(inode());
        }
        default -> keep(store.names.lookup(dir, name));
      }
    }

    /** Some inode that this client has looked up, or the root. */
    private long inode() {
      return lookups.isEmpty() || random.nextInt(6) == 0
          ? ROOT
          : lookups.get(random.nextInt(lookups.size()));
    }

    private void keep(Result<Attributes> result) {
      if (result instanceof Result.Ok(Attributes found)) {
        lookups.add(found.ino());
      }
    }

    private void keepOpen(Result<Attributes> result) {
      if (result instanceof Result.Ok(Attributes made)) {
        lookups.add(made.ino());
        opened.add(made.ino());
      }
    }
  }

  /** Walks the tree: every entry's inode is known, and every directory has its one parent. */
  private void check(Directory directory, Map<Inode, Integer> links, Set<Directory> seen) {
    assertThat(seen.add(directory)).isTrue();
    List<Directory> subdirectories = new ArrayList<>();
    int entries = 0;
    synchronized (directory) {
      for (Entry entry = directory.after(0); entry != null; entry = directory.after(entry.cookie)) {
        entries++;
        assertThat(directory.find(entry.name)).isSameAs(entry);
        assertThat(entry.parent).isSameAs(directory);
        assertThat(store.store.get(entry.inode.nodeid)).isSameAs(entry.inode);
        assertThat(entry.inode.isFreed()).isFalse();
        if (entry.inode instanceof Directory sub) {
          assertThat(sub.links()).isSameAs(entry);
          subdirectories.add(sub);
        } else {
          links.merge(entry.inode, 1, Integer::sum);
        }
      }
    }
    assertThat(directory.nlink()).isEqualTo(2 + subdirectories.size());
    assertThat(directory.entryCount()).isEqualTo(entries);
    subdirectories.forEach(sub -> check(sub, links, seen));
  }

  private void removeAll(long nodeid) {
    List<Entry> entries = new ArrayList<>();
    Directory directory = store.dir(nodeid);
    synchronized (directory) {
      for (Entry entry = directory.after(0); entry != null; entry = directory.after(entry.cookie)) {
        entries.add(entry);
      }
    }
    for (Entry entry : entries) {
      if (entry.inode instanceof Directory sub) {
        removeAll(sub.nodeid);
        assertThat(store.names.rmdir(nodeid, entry.name)).isNull();
      } else {
        assertThat(store.names.unlink(nodeid, entry.name)).isNull();
      }
    }
  }
}
