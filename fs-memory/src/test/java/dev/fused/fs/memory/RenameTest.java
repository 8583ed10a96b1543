package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ALICE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.name;
import static dev.fused.fs.memory.TestStore.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Rename2;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RenameTest {
  private static final int NOREPLACE = Rename2.NOREPLACE;
  private static final int EXCHANGE = Rename2.EXCHANGE;
  private static final int WHITEOUT = Rename2.WHITEOUT;

  private final TestStore store = new TestStore();
  private final Namespace names = store.names;
  private final long a = store.directory(ROOT, "a");
  private final long b = store.directory(ROOT, "b");

  @Test
  void aFileGetsAnotherName() {
    long file = store.file(ROOT, "f");

    assertThat(store.rename(ROOT, "f", ROOT, "g", 0)).isNull();
    assertThat(store.exists(ROOT, "f")).isFalse();
    assertThat(store.nodeid(ROOT, "g")).isEqualTo(file);
    assertThat(store.stat(file).nlink()).isEqualTo(1);
  }

  @Test
  void aFileMovesToAnotherDirectory() {
    long file = store.file(a, "f");

    assertThat(store.rename(a, "f", b, "g", 0)).isNull();
    assertThat(store.exists(a, "f")).isFalse();
    assertThat(store.nodeid(b, "g")).isEqualTo(file);
    assertThat(store.stat(file).nlink()).isEqualTo(1);
  }

  @Test
  void aMissingSourceIsNotFound() {
    assertThat(store.rename(a, "f", b, "g", 0)).isEqualTo(Errno.ENOENT);
    assertThat(store.rename(a, "f", a, "f", 0)).isEqualTo(Errno.ENOENT);
  }

  @Test
  void theTargetIsReplaced() {
    long source = store.file(a, "f");
    long target = store.file(b, "g");
    store.write(target, 0, "old");

    assertThat(store.rename(a, "f", b, "g", 0)).isNull();
    assertThat(store.nodeid(b, "g")).isEqualTo(source);
    assertThat(store.stat(target).nlink()).isZero();
    store.store.forget(target, 1);
    assertThat(store.store.get(target)).isNull();
    assertThat(store.store.limits.pages.used()).isZero();
  }

  @Test
  void ontoItselfOrALinkOfItselfNothingHappens() {
    long file = store.file(a, "f");
    ok(names.link(file, b, name("g")));
    Attributes before = store.stat(file);

    assertThat(store.rename(a, "f", a, "f", 0)).isNull();
    assertThat(store.rename(a, "f", b, "g", 0)).isNull();
    assertThat(store.stat(file)).isEqualTo(before);
    assertThat(store.exists(a, "f")).isTrue();
    assertThat(store.exists(b, "g")).isTrue();
  }

  @Test
  void renameOverNonEmptyDirectoryFailsWithEnotempty() {
    store.file(b, "inside");

    assertThat(store.rename(ROOT, "a", ROOT, "b", 0)).isEqualTo(Errno.ENOTEMPTY);
  }

  @Test
  void aDirectoryReplacesAnEmptyOne() {
    assertThat(store.rename(ROOT, "a", ROOT, "b", 0)).isNull();
    assertThat(store.nodeid(ROOT, "b")).isEqualTo(a);
    assertThat(store.stat(ROOT).nlink()).isEqualTo(3);
    assertThat(store.stat(b).nlink()).isZero();
  }

  @Test
  void filesAndDirectoriesDoNotReplaceEachOther() {
    store.file(ROOT, "f");

    assertThat(store.rename(ROOT, "f", ROOT, "a", 0)).isEqualTo(Errno.EISDIR);
    assertThat(store.rename(ROOT, "a", ROOT, "f", 0)).isEqualTo(Errno.ENOTDIR);
  }

  @Test
  void aDirectoryDoesNotMoveIntoItself() {
    long sub = store.directory(a, "sub");
    long deep = store.directory(sub, "deep");

    assertThat(store.rename(ROOT, "a", a, "x", 0)).isEqualTo(Errno.EINVAL);
    assertThat(store.rename(ROOT, "a", deep, "x", 0)).isEqualTo(Errno.EINVAL);
    assertThat(store.rename(sub, "deep", ROOT, "a", 0)).isEqualTo(Errno.ENOTEMPTY);
    assertThat(store.rename(sub, "deep", ROOT, "a", EXCHANGE)).isEqualTo(Errno.EINVAL);
    assertThat(store.rename(ROOT, "a", sub, "deep", EXCHANGE)).isEqualTo(Errno.EINVAL);
  }

  @Test
  void aMovedDirectoryTakesALinkFromOneParentToTheOther() {
    long sub = store.directory(a, "sub");
    assertThat(store.rename(a, "sub", b, "sub", 0)).isNull();

    assertThat(store.stat(a).nlink()).isEqualTo(2);
    assertThat(store.stat(b).nlink()).isEqualTo(3);
    assertThat(store.stat(sub).nlink()).isEqualTo(2);
    assertThat(ok(names.lookup(sub, FileName.DOT_DOT)).ino()).isEqualTo(b);
  }

  @Test
  void noreplaceRefusesANameThatExists() {
    store.file(a, "f");
    store.file(b, "g");

    assertThat(store.rename(a, "f", b, "g", NOREPLACE)).isEqualTo(Errno.EEXIST);
    assertThat(store.rename(a, "f", a, "f", NOREPLACE)).isEqualTo(Errno.EEXIST);
    assertThat(store.rename(a, "f", b, "h", NOREPLACE)).isNull();
  }

  @Test
  void exchangeSwapsWhatTheNamesMean() {
    long file = store.file(a, "f");
    long dir = store.directory(b, "d");
    store.file(dir, "inside");

    assertThat(store.rename(a, "f", b, "d", EXCHANGE)).isNull();
    assertThat(store.nodeid(a, "f")).isEqualTo(dir);
    assertThat(store.nodeid(b, "d")).isEqualTo(file);
    assertThat(store.stat(a).nlink()).isEqualTo(3);
    assertThat(store.stat(b).nlink()).isEqualTo(2);
    assertThat(ok(names.lookup(dir, FileName.DOT_DOT)).ino()).isEqualTo(a);
    assertThat(store.paths.pathOf(file)).contains(name("/b/d"));
  }

  @Test
  void exchangeInOneDirectoryOfHardLinksKeepsAllNames() {
    long file = store.file(a, "f");
    ok(names.link(file, a, name("g")));
    long other = store.file(a, "h");

    assertThat(store.rename(a, "g", a, "h", EXCHANGE)).isNull();
    assertThat(store.nodeid(a, "f")).isEqualTo(file);
    assertThat(store.nodeid(a, "g")).isEqualTo(other);
    assertThat(store.nodeid(a, "h")).isEqualTo(file);
    assertThat(store.stat(file).nlink()).isEqualTo(2);
    assertThat(names.unlink(a, name("f"))).isNull();
    assertThat(store.paths.pathOf(file)).contains(name("/a/h"));
  }

  @Test
  void exchangeNeedsBothNamesAndNoOtherFlag() {
    store.file(a, "f");
    store.file(b, "g");

    assertThat(store.rename(a, "f", b, "missing", EXCHANGE)).isEqualTo(Errno.ENOENT);
    assertThat(store.rename(a, "missing", b, "g", EXCHANGE)).isEqualTo(Errno.ENOENT);
    assertThat(store.rename(a, "f", b, "g", EXCHANGE | NOREPLACE)).isEqualTo(Errno.EINVAL);
    assertThat(store.rename(a, "f", b, "g", EXCHANGE | WHITEOUT)).isEqualTo(Errno.EINVAL);
    assertThat(store.rename(a, "f", b, "g", 8)).isEqualTo(Errno.EINVAL);
  }

  @Test
  void aWhiteoutIsLeftWhereTheNameWas() {
    long file = store.file(a, "f");

    assertThat(store.rename(a, "f", b, "f", WHITEOUT)).isNull();
    Attributes whiteout = ok(names.lookup(a, name("f")));
    assertThat(whiteout.isCharacterDevice()).isTrue();
    assertThat(whiteout.rdev()).isZero();
    assertThat(whiteout.permissions()).isZero();
    assertThat(store.nodeid(b, "f")).isEqualTo(file);
    assertThat(store.rename(b, "f", b, "g", WHITEOUT | NOREPLACE)).isNull();
    assertThat(ok(names.lookup(b, name("f"))).isCharacterDevice()).isTrue();
  }

  @Test
  void aWhiteoutThatFindsNoRoomLeavesAllAsItWas() {
    TestStore small = new TestStore(MemoryOptions.of(1 << 20, 2));
    small.file(ROOT, "f");

    assertThat(small.rename(ROOT, "f", ROOT, "g", WHITEOUT)).isEqualTo(Errno.ENOSPC);
    assertThat(small.exists(ROOT, "f")).isTrue();
    assertThat(small.exists(ROOT, "g")).isFalse();
  }

  @Test
  void renameShowsInTheTimesOfTheFileAndBothDirectories() {
    long file = store.file(a, "f");
    store.rename(a, "f", b, "g", 0);
    Instant now = store.clock.last();

    for (long changed : new long[] {file, a, b}) {
      assertThat(store.ctime(changed)).isEqualTo(now);
    }
    assertThat(store.mtime(a)).isEqualTo(now);
    assertThat(store.mtime(b)).isEqualTo(now);
  }

  @Test
  void aReplacedLinkOfAFileThatHasOthersGivesItsCountBack() {
    long file = store.file(a, "f");
    ok(names.link(file, a, name("g")));
    long used = store.store.limits.inodes.used();
    long other = store.file(a, "h");

    assertThat(store.rename(a, "h", a, "g", 0)).isNull();
    assertThat(store.store.limits.inodes.used()).isEqualTo(used);
    assertThat(store.stat(file).nlink()).isEqualTo(1);
    assertThat(store.stat(other).nlink()).isEqualTo(1);
    assertThat(names.rename(a, name("g"), b, name("g"), 0, ALICE)).isNull();
  }
}
