package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ALICE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.errno;
import static dev.fused.fs.memory.TestStore.name;
import static dev.fused.fs.memory.TestStore.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class NamespaceTest {
  private static final String LONGEST = "n".repeat(255);

  private final TestStore store = new TestStore();
  private final Namespace names = store.names;

  @Test
  void aNewFileBelongsToTheCallerAndHasOneLink() {
    Attributes made = ok(names.mknod(ROOT, name("f"), 0100640, 0, ALICE));

    assertThat(made.mode()).isEqualTo(0100640);
    assertThat(made.uid()).isEqualTo(1000);
    assertThat(made.gid()).isEqualTo(1000);
    assertThat(made.nlink()).isEqualTo(1);
    assertThat(ok(names.lookup(ROOT, name("f")))).isEqualTo(made);
  }

  @Test
  void aModeWithoutTypeMakesARegularFile() {
    assertThat(ok(names.mknod(ROOT, name("f"), 0600, 0, ALICE)).isRegularFile()).isTrue();
  }

  @Test
  void devicesKeepTheirNumberAndPipesHaveNone() {
    int number = Attributes.deviceNumber(8, 300);
    Attributes device = ok(names.mknod(ROOT, name("d"), 0060600, number, ALICE));
    Attributes pipe = ok(names.mknod(ROOT, name("p"), 0010600, number, ALICE));

    assertThat(device.isBlockDevice()).isTrue();
    assertThat(device.rdev()).isEqualTo(number);
    assertThat(pipe.isFifo()).isTrue();
    assertThat(pipe.rdev()).isZero();
    assertThat(errno(names.mknod(ROOT, name("x"), 0040600, 0, ALICE))).isEqualTo(Errno.EPERM);
    assertThat(errno(names.mknod(ROOT, name("x"), 0120600, 0, ALICE))).isEqualTo(Errno.EINVAL);
  }

  @Test
  void aNameThatExistsIsNotMadeAgain() {
    store.file(ROOT, "f");

    assertThat(errno(names.mknod(ROOT, name("f"), 0644, 0, ALICE))).isEqualTo(Errno.EEXIST);
    assertThat(errno(names.mkdir(ROOT, name("f"), 0755, ALICE))).isEqualTo(Errno.EEXIST);
    assertThat(errno(names.symlink(ROOT, name("f"), name("t"), ALICE))).isEqualTo(Errno.EEXIST);
    assertThat(errno(names.create(ROOT, name("f"), 0644, ALICE))).isEqualTo(Errno.EEXIST);
  }

  @Test
  void aNameOf255BytesIsTheLongest() {
    store.file(ROOT, LONGEST);
    FileName tooLong = name(LONGEST + "n");

    assertThat(store.exists(ROOT, LONGEST)).isTrue();
    assertThat(errno(names.lookup(ROOT, tooLong))).isEqualTo(Errno.ENAMETOOLONG);
    assertThat(errno(names.mkdir(ROOT, tooLong, 0755, ALICE))).isEqualTo(Errno.ENAMETOOLONG);
    assertThat(names.unlink(ROOT, tooLong)).isEqualTo(Errno.ENAMETOOLONG);
    assertThat(names.rename(ROOT, name(LONGEST), ROOT, tooLong, 0, ALICE))
        .isEqualTo(Errno.ENAMETOOLONG);
  }

  @Test
  void namesNeedNotBeText() {
    FileName name = FileName.of(new byte[] {(byte) 0xff, 1, (byte) 0x80});
    ok(names.mkdir(ROOT, name, 0755, ALICE));

    assertThat(ok(names.lookup(ROOT, name)).isDirectory()).isTrue();
  }

  @Test
  void numbersThatWereNeverGivenAreStale() {
    assertThat(errno(names.lookup(4711, name("x")))).isEqualTo(Errno.ESTALE);
    assertThat(errno(names.mkdir(4711, name("x"), 0755, ALICE))).isEqualTo(Errno.ESTALE);
    assertThat(errno(names.link(4711, ROOT, name("x")))).isEqualTo(Errno.ESTALE);
    assertThat(names.unlink(-1, name("x"))).isEqualTo(Errno.ESTALE);
    assertThat(store.rename(ROOT, "a", 4711, "b", 0)).isEqualTo(Errno.ESTALE);
    assertThat(errno(store.attributes.getattr(0))).isEqualTo(Errno.ESTALE);
  }

  @Test
  void aFileIsNoDirectory() {
    long file = store.file(ROOT, "f");

    assertThat(errno(names.lookup(file, name("x")))).isEqualTo(Errno.ENOTDIR);
    assertThat(errno(names.mkdir(file, name("x"), 0755, ALICE))).isEqualTo(Errno.ENOTDIR);
    assertThat(names.rmdir(file, name("x"))).isEqualTo(Errno.ENOTDIR);
    assertThat(errno(names.tmpfile(file, 0600, ALICE, false))).isEqualTo(Errno.ENOTDIR);
  }

  @Test
  void dotIsTheInodeItselfAndDotDotItsParent() {
    long dir = store.directory(ROOT, "d");
    long sub = store.directory(dir, "s");
    long file = store.file(dir, "f");

    assertThat(ok(names.lookup(sub, FileName.DOT)).ino()).isEqualTo(sub);
    assertThat(ok(names.lookup(sub, FileName.DOT_DOT)).ino()).isEqualTo(dir);
    assertThat(ok(names.lookup(ROOT, FileName.DOT_DOT)).ino()).isEqualTo(ROOT);
    assertThat(ok(names.lookup(file, FileName.DOT)).ino()).isEqualTo(file);
    assertThat(errno(names.lookup(file, FileName.DOT_DOT))).isEqualTo(Errno.ENOTDIR);
  }

  @Test
  void aRemovedDirectoryHasNoParentAndTakesNothing() {
    long dir = store.directory(ROOT, "d");
    long file = store.file(ROOT, "f");
    assertThat(names.rmdir(ROOT, name("d"))).isNull();

    assertThat(errno(names.lookup(dir, FileName.DOT_DOT))).isEqualTo(Errno.ENOENT);
    assertThat(errno(names.lookup(dir, name("x")))).isEqualTo(Errno.ENOENT);
    assertThat(errno(names.mkdir(dir, name("x"), 0755, ALICE))).isEqualTo(Errno.ENOENT);
    assertThat(errno(names.link(file, dir, name("x")))).isEqualTo(Errno.ENOENT);
    assertThat(errno(names.tmpfile(dir, 0600, ALICE, false))).isEqualTo(Errno.ENOENT);
    assertThat(store.rename(ROOT, "f", dir, "x", 0)).isEqualTo(Errno.ENOENT);
    assertThat(store.stat(dir).nlink()).isZero();
  }

  @Test
  void unlinkIsForFilesAndRmdirForEmptyDirectories() {
    store.file(ROOT, "f");
    long dir = store.directory(ROOT, "d");
    store.file(dir, "inside");

    assertThat(names.unlink(ROOT, name("d"))).isEqualTo(Errno.EISDIR);
    assertThat(names.rmdir(ROOT, name("f"))).isEqualTo(Errno.ENOTDIR);
    assertThat(names.rmdir(ROOT, name("d"))).isEqualTo(Errno.ENOTEMPTY);
    assertThat(names.unlink(ROOT, name("missing"))).isEqualTo(Errno.ENOENT);
    assertThat(names.unlink(dir, name("inside"))).isNull();
    assertThat(names.rmdir(ROOT, name("d"))).isNull();
    assertThat(store.exists(ROOT, "d")).isFalse();
  }

  @Test
  void linkCountsOfDirectoriesCountSubdirectories() {
    long dir = store.directory(ROOT, "d");
    assertThat(store.stat(dir).nlink()).isEqualTo(2);
    store.directory(dir, "s");
    store.file(dir, "f");
    assertThat(store.stat(dir).nlink()).isEqualTo(3);
    names.rmdir(dir, name("s"));
    assertThat(store.stat(dir).nlink()).isEqualTo(2);
  }

  @Test
  void aLinkIsAnotherNameOfTheSameInode() {
    long file = store.file(ROOT, "f");
    store.write(file, 0, "text");
    Attributes linked = ok(names.link(file, ROOT, name("g")));

    assertThat(linked.ino()).isEqualTo(file);
    assertThat(linked.nlink()).isEqualTo(2);
    names.unlink(ROOT, name("f"));
    assertThat(store.stat(file).nlink()).isEqualTo(1);
    assertThat(store.text(store.nodeid(ROOT, "g"))).isEqualTo("text");
  }

  @Test
  void directoriesCannotBeLinked() {
    long dir = store.directory(ROOT, "d");

    assertThat(errno(names.link(dir, ROOT, name("e")))).isEqualTo(Errno.EPERM);
  }

  @Test
  void aLinkNeedsAFreeName() {
    long file = store.file(ROOT, "f");
    store.file(ROOT, "g");

    assertThat(errno(names.link(file, ROOT, name("g")))).isEqualTo(Errno.EEXIST);
  }

  @Test
  void aFileWithoutNameGetsOneUnlessItWasOpenedExclusively() {
    long free = ok(names.tmpfile(ROOT, 0600, ALICE, false)).ino();
    long exclusive = ok(names.tmpfile(ROOT, 0600, ALICE, true)).ino();
    assertThat(store.stat(free).nlink()).isZero();

    assertThat(ok(names.link(free, ROOT, name("f"))).nlink()).isEqualTo(1);
    assertThat(errno(names.link(exclusive, ROOT, name("e")))).isEqualTo(Errno.ENOENT);
  }

  @Test
  void anUnlinkedFileGetsNoNameAgain() {
    long file = ok(names.create(ROOT, name("f"), 0600, ALICE)).ino();
    names.unlink(ROOT, name("f"));

    assertThat(errno(names.link(file, ROOT, name("g")))).isEqualTo(Errno.ENOENT);
    long named = ok(names.tmpfile(ROOT, 0600, ALICE, false)).ino();
    ok(names.link(named, ROOT, name("h")));
    names.unlink(ROOT, name("h"));
    assertThat(errno(names.link(named, ROOT, name("h")))).isEqualTo(Errno.ENOENT);
  }

  @Test
  void aSymbolicLinkHasTheLengthOfItsTargetAsSize() {
    long link = store.symlink(ROOT, "l", "to/somewhere");

    assertThat(store.stat(link).size()).isEqualTo(12);
    assertThat(store.stat(link).permissions()).isEqualTo(0777);
    assertThat(ok(store.io.readlink(link))).isEqualTo(name("to/somewhere"));
    assertThat(errno(store.io.readlink(ROOT))).isEqualTo(Errno.EINVAL);
    assertThat(errno(names.symlink(ROOT, name("m"), name("t".repeat(4096)), ALICE)))
        .isEqualTo(Errno.ENAMETOOLONG);
  }

  @Test
  void aChangeOfEntriesShowsInTheTimesOfTheDirectory() {
    long dir = store.directory(ROOT, "d");
    long file = store.file(dir, "f");
    assertThat(store.mtime(dir)).isEqualTo(store.clock.last());
    assertThat(store.ctime(dir)).isEqualTo(store.clock.last());

    ok(names.link(file, dir, name("g")));
    assertThat(store.mtime(dir)).isEqualTo(store.clock.last());
    assertThat(store.ctime(file)).isEqualTo(store.clock.last());

    names.unlink(dir, name("g"));
    assertThat(store.mtime(dir)).isEqualTo(store.clock.last());
    assertThat(store.ctime(file)).isEqualTo(store.clock.last());
    assertThat(store.mtime(file)).isBefore(store.ctime(file));

    Instant before = store.mtime(dir);
    assertThat(names.unlink(dir, name("missing"))).isEqualTo(Errno.ENOENT);
    ok(names.tmpfile(dir, 0600, ALICE, false));
    assertThat(store.mtime(dir)).isEqualTo(before);
  }

  @Test
  void childrenOfDirectoriesWithLargerNumbersAreFoundToo() {
    long first = store.directory(ROOT, "first");
    long second = store.directory(ROOT, "second");
    assertThat(store.rename(ROOT, "first", second, "first", 0)).isNull();
    long third = store.directory(first, "third");
    assertThat(store.rename(ROOT, "second", ROOT, "renamed", 0)).isNull();

    assertThat(store.nodeid(second, "first")).isEqualTo(first);
    assertThat(store.nodeid(first, "third")).isEqualTo(third);
    assertThat(names.rmdir(second, name("first"))).isEqualTo(Errno.ENOTEMPTY);
    assertThat(names.rmdir(first, name("third"))).isNull();
    assertThat(names.rmdir(second, name("first"))).isNull();
  }
}
