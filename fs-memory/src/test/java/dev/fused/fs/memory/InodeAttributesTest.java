package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.PAGE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.errno;
import static dev.fused.fs.memory.TestStore.name;
import static dev.fused.fs.memory.TestStore.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.reply.Statx;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setattr;
import java.time.Instant;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class InodeAttributesTest {
  private static final byte[] VALUE = {1, 2, 3};

  private final TestStore store = new TestStore();
  private final InodeAttributes attributes = store.attributes;
  private final long file = store.file(ROOT, "f");
  private final long dir = store.directory(ROOT, "d");

  @Test
  void chmodChangesThePermissionsAndTheChangeTime() {
    Instant modified = store.mtime(file);
    set(file, Setattr.MODE, change -> change.mode = 0104711);

    assertThat(store.stat(file).mode()).isEqualTo(0104711);
    assertThat(store.ctime(file)).isEqualTo(store.clock.last());
    assertThat(store.mtime(file)).isEqualTo(modified);
  }

  @Test
  void chownChangesOnlyWhatItNames() {
    set(file, Setattr.UID, change -> change.uid = 7);
    assertThat(store.stat(file).uid()).isEqualTo(7);
    assertThat(store.stat(file).gid()).isEqualTo(1000);
    set(file, Setattr.GID, change -> change.gid = 8);
    assertThat(store.stat(file).uid()).isEqualTo(7);
    assertThat(store.stat(file).gid()).isEqualTo(8);
    assertThat(store.ctime(file)).isEqualTo(store.clock.last());
  }

  @Test
  void suidAndSgidGoWhenTheRequestSaysSo() {
    set(file, Setattr.MODE, change -> change.mode = 06755);
    set(file, Setattr.UID, change -> change.uid = 7);
    assertThat(store.stat(file).permissions()).isEqualTo(06755);

    set(file, Setattr.UID | Setattr.KILL_SUIDGID, change -> change.uid = 8);
    assertThat(store.stat(file).permissions()).isEqualTo(0755);
  }

  @Test
  void aChangeOfNothingTakesSuidAndSgidAway() {
    set(file, Setattr.MODE, change -> change.mode = 06755);
    set(file, Setattr.FH, change -> {});

    assertThat(store.stat(file).permissions()).isEqualTo(0755);
    assertThat(store.ctime(file)).isEqualTo(store.clock.last());
  }

  @Test
  void directoriesKeepSuidAndSgid() {
    set(dir, Setattr.MODE, change -> change.mode = 06775);
    set(dir, Setattr.UID | Setattr.KILL_SUIDGID, change -> change.uid = 8);
    set(dir, 0, change -> {});

    assertThat(store.stat(dir).permissions()).isEqualTo(06775);
  }

  @Test
  void truncateToTheSameSizeChangesTheTimesIfThereAreBytes() {
    Instant before = store.mtime(file);
    set(file, Setattr.SIZE | Setattr.KILL_SUIDGID, change -> change.size = 0);
    assertThat(store.mtime(file)).isEqualTo(store.ctime(file)).isEqualTo(before);

    store.write(file, 0, "text");
    set(file, Setattr.SIZE, change -> change.size = 4);
    assertThat(store.mtime(file)).isEqualTo(store.ctime(file)).isEqualTo(store.clock.last());
  }

  @Test
  void truncateToAnotherSizeChangesTheTimes() {
    store.write(file, 0, "text");
    set(file, Setattr.SIZE, change -> change.size = 2);

    assertThat(store.mtime(file)).isEqualTo(store.ctime(file)).isEqualTo(store.clock.last());
    assertThat(store.text(file)).isEqualTo("te");
  }

  @Test
  void ftruncateAlwaysChangesTheTimes() {
    set(file, Setattr.SIZE | Setattr.FH, change -> change.size = 0);

    assertThat(store.mtime(file)).isEqualTo(store.ctime(file)).isEqualTo(store.clock.last());
  }

  @Test
  void onlyRegularFilesHaveASizeToSet() {
    long link = store.symlink(ROOT, "l", "t");

    assertThat(errno(trySet(dir, Setattr.SIZE, change -> {}))).isEqualTo(Errno.EISDIR);
    assertThat(errno(trySet(link, Setattr.SIZE, change -> {}))).isEqualTo(Errno.EINVAL);
    assertThat(errno(trySet(file, Setattr.SIZE, change -> change.size = -1)))
        .isEqualTo(Errno.EINVAL);
  }

  @Test
  void timesAreSetToTheNanosecondAndBeforeTheEpoch() {
    set(
        file,
        Setattr.ATIME | Setattr.MTIME,
        change -> {
          change.atime = -5_000_000_000L;
          change.nanos = 999_999_999;
          change.mtime = 1L << 40;
        });

    assertThat(store.atime(file)).isEqualTo(Instant.ofEpochSecond(-5_000_000_000L, 999_999_999));
    assertThat(store.mtime(file)).isEqualTo(Instant.ofEpochSecond(1L << 40, 999_999_999));
    assertThat(store.ctime(file)).isEqualTo(store.clock.last());
    assertThat(errno(trySet(file, Setattr.ATIME, change -> change.nanos = 1_000_000_000)))
        .isEqualTo(Errno.EINVAL);
  }

  @Test
  void nowIsTheClockOfTheServer() {
    set(
        file,
        Setattr.ATIME | Setattr.ATIME_NOW | Setattr.MTIME | Setattr.MTIME_NOW,
        change -> change.atime = 5);

    assertThat(store.atime(file)).isEqualTo(store.clock.last());
    assertThat(store.mtime(file)).isEqualTo(store.clock.last());
  }

  @Test
  void theChangeTimeCanBeGiven() {
    set(file, Setattr.CTIME | Setattr.MODE, change -> change.ctime = 77);

    assertThat(store.stat(file).ctime()).isEqualTo(77);
  }

  @Test
  void statxKnowsTheBirthTime() {
    Instant birth = store.mtime(file);
    store.write(file, 0, "x");
    Statx statx = ok(attributes.statx(file));

    assertThat(statx.mask() & Statx.BTIME).isNotZero();
    assertThat(Instant.ofEpochSecond(statx.btime(), statx.btimensec())).isEqualTo(birth);
    assertThat(statx.size()).isEqualTo(1);
  }

  @Test
  void capabilitiesDoNotOutliveAChangeOfBytesOrOwner() {
    Runnable[] changes = {
      () -> store.write(file, 0, "x"),
      () -> set(file, Setattr.SIZE, change -> change.size = 0),
      () -> set(file, Setattr.GID, change -> change.gid = 5),
      () -> store.io.open(file, true, false),
      () -> store.io.copy(store.nodeid(ROOT, "full"), 0, file, 0, PAGE)
    };
    store.write(store.file(ROOT, "full"), 0, "bytes");
    for (Runnable change : changes) {
      store.setxattr(file, "security.capability", VALUE);
      store.setxattr(file, "security.other", VALUE);
      change.run();
      assertThat(ok(store.xattrs.listxattr(file, 0))).containsExactly(name("security.other"));
    }
    store.setxattr(file, "security.capability", VALUE);
    set(file, Setattr.MODE, change -> change.mode = 0755);
    assertThat(ok(store.xattrs.listxattr(file, 0))).hasSize(2);
  }

  private void set(long nodeid, int valid, Consumer<Change> fields) {
    Attributes answer = ok(trySet(nodeid, valid, fields));
    assertThat(answer).isEqualTo(store.stat(nodeid));
  }

  private Result<Attributes> trySet(long nodeid, int valid, Consumer<Change> fields) {
    Change change = new Change();
    fields.accept(change);
    return attributes.setattr(nodeid, change.request(nodeid, valid));
  }

  private static final class Change {
    long size;
    long atime;
    long mtime;
    long ctime;
    int nanos;
    int mode;
    int uid;
    int gid;

    Setattr request(long nodeid, int valid) {
      RequestHeader header = RequestHeader.of(Opcode.SETATTR, 2, nodeid, 0, 0, 1);
      return new Setattr(
          header, valid, 0, size, 0, atime, mtime, ctime, nanos, nanos, nanos, mode, uid, gid);
    }
  }
}
