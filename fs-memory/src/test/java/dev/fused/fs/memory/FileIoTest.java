package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.errno;
import static dev.fused.fs.memory.TestStore.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class FileIoTest {
  private static final int O_NOATIME = 01000000;

  private final TestStore store = new TestStore();
  private final FileIo io = store.io;
  private final long file = store.file(ROOT, "f");
  private final long dir = store.directory(ROOT, "d");
  private final long link = store.symlink(ROOT, "l", "t");

  @Test
  void onlyRegularFilesAreOpenedAndOnlyDirectoriesListed() {
    assertThat(io.open(dir, false, false)).isEqualTo(Errno.EISDIR);
    assertThat(io.open(link, false, false)).isEqualTo(Errno.EINVAL);
    assertThat(io.open(4711, false, false)).isEqualTo(Errno.ESTALE);
    assertThat(io.opendir(file)).isEqualTo(Errno.ENOTDIR);
    assertThat(io.opendir(4711)).isEqualTo(Errno.ESTALE);
  }

  @Test
  void onlyRegularFilesHaveBytes() {
    assertThat(errno(io.read(dir, 0, 10, 0))).isEqualTo(Errno.EISDIR);
    assertThat(errno(io.read(link, 0, 10, 0))).isEqualTo(Errno.EINVAL);
    assertThat(errno(store.write(dir, 0, "x"))).isEqualTo(Errno.EISDIR);
    assertThat(errno(store.write(4711, 0, "x"))).isEqualTo(Errno.ESTALE);
    assertThat(io.fallocate(dir, 0, 1, 0)).isEqualTo(Errno.ENODEV);
    assertThat(errno(io.seek(dir, 0, true))).isEqualTo(Errno.EISDIR);
    assertThat(errno(io.copy(file, 0, dir, 0, 1))).isEqualTo(Errno.EISDIR);
    assertThat(errno(io.copy(4711, 0, file, 0, 1))).isEqualTo(Errno.ESTALE);
  }

  @Test
  void openWithTruncationEmptiesTheFileAndRenewsItsTimes() {
    store.write(file, 0, "text");
    assertThat(io.open(file, true, false)).isNull();

    assertThat(store.stat(file).size()).isZero();
    assertThat(store.stat(file).blocks()).isZero();
    assertThat(store.mtime(file)).isEqualTo(store.clock.last());
    assertThat(store.ctime(file)).isEqualTo(store.clock.last());
  }

  @Test
  void openWithTruncationRenewsTheTimesOfAnEmptyFileToo() {
    assertThat(io.open(file, true, false)).isNull();

    assertThat(store.mtime(file)).isEqualTo(store.clock.last());
  }

  @Test
  void openWithoutTruncationChangesNothing() {
    store.write(file, 0, "text");
    var before = store.stat(file);
    assertThat(io.open(file, false, false)).isNull();

    assertThat(store.stat(file)).isEqualTo(before);
  }

  @Test
  void suidAndSgidGoWithAWriteOrTruncationThatSaysSo() {
    permissions(06755);
    store.write(file, 0, "x");
    assertThat(store.stat(file).permissions()).isEqualTo(06755);
    io.write(file, 0, MemorySegment.ofArray(new byte[1]), true, 0);
    assertThat(store.stat(file).permissions()).isEqualTo(0755);

    permissions(06755);
    assertThat(io.open(file, true, false)).isNull();
    assertThat(store.stat(file).permissions()).isEqualTo(06755);
    assertThat(io.open(file, true, true)).isNull();
    assertThat(store.stat(file).permissions()).isEqualTo(0755);
  }

  @Test
  void aWriteShowsInModificationAndChangeTime() {
    store.write(file, 0, "x");

    assertThat(store.mtime(file)).isEqualTo(store.clock.last());
    assertThat(store.ctime(file)).isEqualTo(store.clock.last());
  }

  @Test
  void aWriteOfNothingChangesNothing() {
    var before = store.stat(file);

    assertThat(store.write(file, 100, "")).isZero();
    assertThat(store.stat(file)).isEqualTo(before);
  }

  @Test
  void aReadShowsInTheAccessTimeOncePerChange() {
    store.write(file, 0, "x");
    store.read(file, 0, 1);
    var accessed = store.atime(file);
    assertThat(accessed).isEqualTo(store.clock.last()).isAfter(store.mtime(file));

    store.read(file, 0, 1);
    assertThat(store.atime(file)).isEqualTo(accessed);
  }

  @Test
  void readingALinkShowsInItsAccessTime() {
    ok(io.readlink(link));

    assertThat(store.atime(link)).isEqualTo(store.clock.last());
  }

  @Test
  void aReadThroughAHandleWithNoatimeShowsNowhere() {
    store.write(file, 0, "x");
    var before = store.atime(file);
    ok(io.read(file, 0, 1, O_NOATIME));
    assertThat(store.atime(file)).isEqualTo(before);

    ok(io.read(file, 0, 1, 0));
    assertThat(store.atime(file)).isAfter(before);
  }

  @Test
  void theMountSaysWhichReadsShow() {
    assertThat(readsThatShow(AccessTimes.DEFAULT)).isEqualTo(1);
    assertThat(readsThatShow(new AccessTimes(AccessTimes.Rule.STRICTATIME, true))).isEqualTo(3);
    assertThat(readsThatShow(new AccessTimes(AccessTimes.Rule.NOATIME, true))).isZero();
  }

  /** How many of three reads after a write change the access time. */
  private static int readsThatShow(AccessTimes accessTimes) {
    TestStore store = new TestStore(MemoryOptions.of(1 << 20, 10).withAccessTimes(accessTimes));
    long file = store.file(ROOT, "f");
    store.write(file, 0, "x");
    int shown = 0;
    for (int i = 0; i < 3; i++) {
      var before = store.atime(file);
      store.read(file, 0, 1);
      shown += store.atime(file).equals(before) ? 0 : 1;
    }
    return shown;
  }

  @Test
  void aDirectWriteThatDoesNotFitWritesNothing() {
    TestStore small = new TestStore(MemoryOptions.of(4 * TestStore.PAGE, 10));
    long target = small.file(ROOT, "f");
    byte[] pages = new byte[5 * TestStore.PAGE];
    assertThat(
            errno(small.io.write(target, 0, MemorySegment.ofArray(pages), false, FileIo.O_DIRECT)))
        .isEqualTo(Errno.ENOSPC);
    assertThat(small.stat(target).size()).isZero();
    assertThat(small.stat(target).blocks()).isZero();

    MemorySegment fits = MemorySegment.ofArray(pages).asSlice(0, 4 * TestStore.PAGE);
    assertThat(small.io.write(target, 0, fits, false, FileIo.O_DIRECT))
        .isEqualTo(4 * TestStore.PAGE);
    assertThat(small.io.write(target, 0, fits, false, FileIo.O_DIRECT))
        .isEqualTo(4 * TestStore.PAGE);
  }

  @Test
  void offsetsThatNoFileCanHaveAreRefused() {
    assertThat(errno(store.write(file, Long.MAX_VALUE, "x"))).isEqualTo(Errno.EFBIG);
    assertThat(errno(store.write(file, -1, "x"))).isEqualTo(Errno.EFBIG);
    assertThat(io.fallocate(file, -1, 5, 0)).isEqualTo(Errno.EINVAL);
    assertThat(io.fallocate(file, 0, 0, 0)).isEqualTo(Errno.EINVAL);
    assertThat(io.fallocate(file, Long.MAX_VALUE, 1, 0)).isEqualTo(Errno.EFBIG);
    assertThat(errno(io.copy(file, -1, file, 0, 1))).isEqualTo(Errno.EINVAL);
    assertThat(errno(io.copy(file, 0, file, Long.MAX_VALUE, 1))).isEqualTo(Errno.EFBIG);
    assertThat(store.read(file, -5, 10)).isEmpty();
  }

  @Test
  void nothingIsSoughtFromTheEndOn() {
    store.write(file, 0, "text");

    assertThat(io.seek(file, 0, false)).isZero();
    assertThat(io.seek(file, 3, false)).isEqualTo(3);
    assertThat(io.seek(file, 1, true)).isEqualTo(4);
    assertThat(errno(io.seek(file, 4, false))).isEqualTo(Errno.ENXIO);
    assertThat(errno(io.seek(file, 4, true))).isEqualTo(Errno.ENXIO);
    assertThat(errno(io.seek(file, -1, true))).isEqualTo(Errno.ENXIO);
  }

  @Test
  void aFileOfHolesHasNoData() {
    store.resize(file, 1 << 20);

    assertThat(errno(io.seek(file, 0, false))).isEqualTo(Errno.ENXIO);
    assertThat(io.seek(file, 5, true)).isEqualTo(5);
  }

  @Test
  void aCopyKeepsHolesAndCountsAsAChangeOfTheTarget() {
    long target = store.file(ROOT, "target");
    store.write(file, 1 << 20, "tail");

    assertThat(io.copy(file, 0, target, 0, Long.MAX_VALUE)).isEqualTo((1 << 20) + 4);
    assertThat(store.stat(target).blocks()).isEqualTo(8);
    assertThat(store.stat(target).size()).isEqualTo((1 << 20) + 4);
    assertThat(store.mtime(target)).isEqualTo(store.clock.last());
  }

  @Test
  void aLongCopyIsDoneInParts() {
    long target = store.file(ROOT, "target");
    store.resize(file, 100 << 20);

    assertThat(io.copy(file, 0, target, 0, 100 << 20)).isEqualTo(16 << 20);
  }

  @Test
  void overlappingRangesOfOneFileAreNotCopied() {
    store.write(file, 0, new byte[100]);

    assertThat(errno(io.copy(file, 0, file, 50, 60))).isEqualTo(Errno.EINVAL);
    assertThat(errno(io.copy(file, 40, file, 0, 41))).isEqualTo(Errno.EINVAL);
    assertThat(io.copy(file, 50, file, 0, 50)).isEqualTo(50);
  }

  private void permissions(int permissions) {
    Inode inode = store.inode(file);
    synchronized (inode) {
      inode.setPermissions(permissions);
    }
  }
}
