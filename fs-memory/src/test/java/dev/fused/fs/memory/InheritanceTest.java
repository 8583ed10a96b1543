package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.errno;
import static dev.fused.fs.memory.TestStore.name;
import static dev.fused.fs.memory.TestStore.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.reply.Attributes;
import dev.fused.protocol.request.Rename2;
import java.util.List;
import org.junit.jupiter.api.Test;

class InheritanceTest {
  private static final int GROUP = 50;
  private static final Caller CAREFUL = new Caller(1000, 1000, List.of(), 027);

  private final TestStore store = new TestStore();
  private final long dir = store.directory(ROOT, "d");

  @Test
  void theUmaskTakesPermissionsAway() {
    assertThat(file("f", 0666, CAREFUL).permissions()).isEqualTo(0640);
    assertThat(ok(store.names.mkdir(dir, name("sub"), 01777, CAREFUL)).permissions())
        .isEqualTo(01750);
    Attributes made = ok(store.names.mknod(dir, name("p"), Attributes.S_IFIFO | 0666, 0, CAREFUL));
    assertThat(made.permissions()).isEqualTo(0640);
    assertThat(ok(store.names.tmpfile(dir, 0666, CAREFUL, false)).permissions()).isEqualTo(0640);
    Attributes link = ok(store.names.symlink(dir, name("l"), name("t"), CAREFUL));
    assertThat(link.permissions()).isEqualTo(0777);
  }

  @Test
  void aDirectoryWithSetgidHandsItsGroupOn() {
    setgid(dir);

    assertThat(file("f", 0644, CAREFUL).gid()).isEqualTo(GROUP);
    assertThat(ok(store.names.symlink(dir, name("l"), name("t"), CAREFUL)).gid()).isEqualTo(GROUP);
    Attributes sub = ok(store.names.mkdir(dir, name("sub"), 0755, CAREFUL));
    assertThat(sub.gid()).isEqualTo(GROUP);
    assertThat(sub.permissions()).isEqualTo(02750);
  }

  @Test
  void nobodyMakesAProgramThatRunsAsAGroupThatTheyAreNotIn() {
    setgid(dir);

    assertThat(file("stranger", 02755, CAREFUL).permissions()).isEqualTo(0750);
    assertThat(file("no program", 02644, CAREFUL).permissions()).isEqualTo(02640);
    assertThat(file("own", 02755, new Caller(1000, GROUP, List.of(), 0)).permissions())
        .isEqualTo(02755);
    assertThat(file("member", 02755, new Caller(1000, 1000, List.of(GROUP), 0)).permissions())
        .isEqualTo(02755);
    assertThat(file("root", 02755, new Caller(0, 0, List.of(), 0)).permissions()).isEqualTo(02755);
  }

  @Test
  void aDefaultListTakesThePlaceOfTheUmask() {
    setDefault("u::rwx,u:7:rwx,g::r-x,m::rwx,o::r-x");

    Attributes file = file("f", 0664, CAREFUL);
    assertThat(file.permissions()).isEqualTo(0664);
    assertThat(acl(file, PosixAcl.ACCESS)).isEqualTo("u::rw-,u:7:rwx,g::r-x,m::rw-,o::r--");
    assertThat(errno(store.xattrs.getxattr(file.ino(), PosixAcl.DEFAULT))).isEqualTo(Errno.ENODATA);
    Attributes temporary = ok(store.names.tmpfile(dir, 0600, CAREFUL, false));
    assertThat(acl(temporary, PosixAcl.ACCESS)).isEqualTo("u::rw-,u:7:rwx,g::r-x,m::---,o::---");
  }

  @Test
  void aWhiteoutInheritsTheDefaultList() {
    setDefault("u::rwx,u:7:rwx,g::r-x,m::rwx,o::r-x");
    file("f", 0664, CAREFUL);

    assertThat(store.rename(dir, "f", dir, "g", Rename2.WHITEOUT)).isNull();

    Attributes whiteout = ok(store.names.lookup(dir, name("f")));
    assertThat(whiteout.permissions()).isZero();
    assertThat(acl(whiteout, PosixAcl.ACCESS)).isEqualTo("u::---,u:7:rwx,g::r-x,m::---,o::---");
  }

  @Test
  void directoriesHandTheDefaultListOn() {
    setDefault("u::rwx,u:7:rwx,g::r-x,m::rwx,o::r-x");

    Attributes sub = ok(store.names.mkdir(dir, name("sub"), 0700, CAREFUL));
    assertThat(sub.permissions()).isEqualTo(0700);
    assertThat(acl(sub, PosixAcl.ACCESS)).isEqualTo("u::rwx,u:7:rwx,g::r-x,m::---,o::---");
    assertThat(acl(sub, PosixAcl.DEFAULT)).isEqualTo("u::rwx,u:7:rwx,g::r-x,m::rwx,o::r-x");
  }

  @Test
  void aDefaultListThatSaysNoMoreThanAModeGivesFilesNone() {
    setDefault("u::rwx,g::r-x,o::---");

    Attributes file = file("f", 0666, CAREFUL);
    assertThat(file.permissions()).isEqualTo(0640);
    assertThat(ok(store.xattrs.listxattr(file.ino(), 0))).isEmpty();
    Attributes link = ok(store.names.symlink(dir, name("l"), name("t"), CAREFUL));
    assertThat(link.permissions()).isEqualTo(0777);
    assertThat(ok(store.xattrs.listxattr(link.ino(), 0))).isEmpty();
  }

  @Test
  void whatIsInheritedNeedsRoomAndGivesItBack() {
    setDefault("u::rwx,u:7:rwx,g::r-x,m::rwx,o::r-x");
    long before = store.store.limits.metadata.used();
    long inodes = store.store.limits.inodes.used();
    store.store.limits.metadata.force(store.store.limits.metadata.available() - 1);

    assertThat(errno(store.names.mknod(dir, name("f"), 0644, 0, CAREFUL))).isEqualTo(Errno.ENOSPC);
    assertThat(errno(store.names.tmpfile(dir, 0644, CAREFUL, false))).isEqualTo(Errno.ENOSPC);
    assertThat(store.store.limits.inodes.used()).isEqualTo(inodes);
    store.store.limits.metadata.release(store.store.limits.metadata.used() - before);

    Attributes file = file("f", 0644, CAREFUL);
    assertThat(store.store.limits.metadata.used()).isGreaterThan(before);
    store.names.unlink(dir, name("f"));
    store.store.forget(file.ino(), 1);
    assertThat(store.store.limits.metadata.used()).isEqualTo(before);
  }

  private Attributes file(String name, int mode, Caller caller) {
    return ok(store.names.mknod(dir, name(name), mode, 0, caller));
  }

  private void setgid(long nodeid) {
    Inode inode = store.inode(nodeid);
    synchronized (inode) {
      inode.setGid(GROUP);
      inode.setPermissions(02777);
    }
  }

  private void setDefault(String acl) {
    assertThat(store.setxattr(dir, "system.posix_acl_default", TestAcl.of(acl).encode())).isNull();
  }

  private String acl(Attributes inode, FileName name) {
    return TestAcl.text(ok(store.xattrs.getxattr(inode.ino(), name)));
  }
}
