package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.errno;
import static dev.fused.fs.memory.TestStore.name;
import static dev.fused.fs.memory.TestStore.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Errno;
import dev.fused.protocol.request.Setxattr;
import org.junit.jupiter.api.Test;

class InodeXattrsTest {
  private static final byte[] VALUE = {1, 2, 3};

  private final TestStore store = new TestStore();
  private final InodeXattrs xattrs = store.xattrs;
  private final long file = store.file(ROOT, "f");
  private final long dir = store.directory(ROOT, "d");

  @Test
  void anAttributeThatWasSetIsReadListedAndRemoved() {
    assertThat(store.setxattr(file, "user.b", VALUE)).isNull();
    assertThat(store.setxattr(file, "user.a", new byte[0])).isNull();

    assertThat(ok(xattrs.getxattr(file, name("user.b")))).isEqualTo(VALUE);
    assertThat(ok(xattrs.getxattr(file, name("user.a")))).isEmpty();
    assertThat(ok(xattrs.listxattr(file, 1000))).containsExactly(name("user.a"), name("user.b"));
    assertThat(xattrs.removexattr(file, name("user.b"))).isNull();
    assertThat(errno(xattrs.getxattr(file, name("user.b")))).isEqualTo(Errno.ENODATA);
    assertThat(xattrs.removexattr(file, name("user.b"))).isEqualTo(Errno.ENODATA);
    assertThat(store.ctime(file)).isAfter(store.mtime(file));
  }

  @Test
  void createNeedsANewNameAndReplaceAKnownOne() {
    assertThat(xattrs.setxattr(file, name("user.a"), VALUE, Setxattr.REPLACE, false))
        .isEqualTo(Errno.ENODATA);
    assertThat(xattrs.setxattr(file, name("user.a"), VALUE, Setxattr.CREATE, false)).isNull();
    assertThat(xattrs.setxattr(file, name("user.a"), VALUE, Setxattr.CREATE, false))
        .isEqualTo(Errno.EEXIST);
    assertThat(xattrs.setxattr(file, name("user.a"), new byte[1], Setxattr.REPLACE, false))
        .isNull();
    assertThat(ok(xattrs.getxattr(file, name("user.a")))).hasSize(1);
  }

  @Test
  void onlyTheNamespacesOfTmpfsExist() {
    for (String known : new String[] {"user.x", "trusted.x", "security.x"}) {
      assertThat(store.setxattr(file, known, VALUE)).isNull();
    }
    for (String unknown : new String[] {"system.other", "other.x", "user", "x"}) {
      assertThat(store.setxattr(file, unknown, VALUE)).isEqualTo(Errno.EOPNOTSUPP);
      assertThat(errno(xattrs.getxattr(file, name(unknown)))).isEqualTo(Errno.EOPNOTSUPP);
    }
    assertThat(store.setxattr(file, "user.", VALUE)).isEqualTo(Errno.EINVAL);
  }

  @Test
  void onlyRootSeesTrustedNames() {
    store.setxattr(file, "trusted.t", VALUE);
    store.setxattr(file, "user.u", VALUE);

    assertThat(ok(xattrs.listxattr(file, 0))).hasSize(2);
    assertThat(ok(xattrs.listxattr(file, 1000))).containsExactly(name("user.u"));
    assertThat(ok(xattrs.listxattr(dir, 1000))).isEmpty();
  }

  @Test
  void namesAndValuesHaveTheLimitsOfLinux() {
    String longest = "user." + "n".repeat(250);

    assertThat(store.setxattr(file, longest, new byte[65_536])).isNull();
    assertThat(store.setxattr(file, longest + "n", VALUE)).isEqualTo(Errno.ERANGE);
    assertThat(store.setxattr(file, "user.v", new byte[65_537])).isEqualTo(Errno.E2BIG);
  }

  @Test
  void theListOfNamesHasALimit() {
    int size = "user.00000".length() + 1;
    int fit = 65_536 / size;
    for (int i = 0; i < fit; i++) {
      assertThat(store.setxattr(file, "user.%05d".formatted(i), VALUE)).isNull();
    }

    assertThat(store.setxattr(file, "user.more!", VALUE)).isEqualTo(Errno.ENOSPC);
    assertThat(store.setxattr(file, "user.00000", new byte[9])).isNull();
    xattrs.removexattr(file, name("user.00000"));
    assertThat(store.setxattr(file, "user.more!", VALUE)).isNull();
  }

  @Test
  void attributesAreBoundedTogetherAndGiveTheirBytesBack() {
    TestStore small = new TestStore(MemoryOptions.of(1 << 20, 100).withMetadata(20));
    long target = small.file(ROOT, "f");
    assertThat(small.setxattr(target, "user.a", new byte[10])).isNull();
    assertThat(small.setxattr(target, "user.b", new byte[10])).isEqualTo(Errno.ENOSPC);
    assertThat(small.store.limits.metadata.used()).isEqualTo(16);

    small.names.unlink(ROOT, name("f"));
    small.store.forget(target, 1);
    assertThat(small.store.limits.metadata.used()).isZero();
  }

  @Test
  void anAccessListSetsThePermissions() {
    store.chmod(file, 06640);

    assertThat(setAcl(file, "u::rwx,u:7:rwx,g::r--,m::r-x,o::--x")).isNull();
    assertThat(store.stat(file).permissions()).isEqualTo(06751);
    assertThat(acl(file)).isEqualTo("u::rwx,u:7:rwx,g::r--,m::r-x,o::--x");
    assertThat(ok(xattrs.listxattr(file, 1000))).containsExactly(PosixAcl.ACCESS);
    assertThat(store.ctime(file)).isEqualTo(store.clock.last());
  }

  @Test
  void anAccessListThatSaysNoMoreThanAModeIsNoneAndReplacesTheOneBefore() {
    setAcl(file, "u::rwx,u:7:rwx,g::r--,m::r-x,o::---");

    assertThat(setAcl(file, "u::rw-,g::r--,o::---")).isNull();
    assertThat(store.stat(file).permissions()).isEqualTo(0640);
    assertThat(errno(xattrs.getxattr(file, PosixAcl.ACCESS))).isEqualTo(Errno.ENODATA);
    assertThat(store.store.limits.metadata.used()).isZero();
  }

  @Test
  void setgidGoesWithAnAccessListOnlyIfTheRequestSaysSo() {
    store.chmod(file, 06755);
    byte[] value = TestAcl.of("u::rw-,g::r--,o::---").encode();

    xattrs.setxattr(file, PosixAcl.ACCESS, value, 0, false);
    assertThat(store.stat(file).permissions()).isEqualTo(06640);
    xattrs.setxattr(file, PosixAcl.ACCESS, value, 0, true);
    assertThat(store.stat(file).permissions()).isEqualTo(04640);
  }

  @Test
  void aChangeOfTheModeChangesTheAccessList() {
    setAcl(file, "u::rwx,u:7:rwx,g::r--,m::rwx,o::---");
    store.chmod(file, 0604);

    assertThat(acl(file)).isEqualTo("u::rw-,u:7:rwx,g::r--,m::---,o::r--");
    assertThat(xattrs.removexattr(file, PosixAcl.ACCESS)).isNull();
    assertThat(store.stat(file).permissions()).isEqualTo(0604);
    assertThat(xattrs.removexattr(file, PosixAcl.ACCESS)).isNull();
  }

  @Test
  void aFullStoreKeepsListsInStepToo() {
    TestStore small = new TestStore(MemoryOptions.of(1 << 20, 100).withMetadata(23 + 44));
    long target = small.file(ROOT, "f");
    byte[] value = TestAcl.of("u::rwx,u:7:rwx,g::r--,m::rwx,o::---").encode();
    assertThat(small.xattrs.setxattr(target, PosixAcl.ACCESS, value, 0, false)).isNull();
    assertThat(small.store.limits.metadata.available()).isZero();
    small.chmod(target, 0);

    byte[] changed = ok(small.xattrs.getxattr(target, PosixAcl.ACCESS));
    assertThat(TestAcl.text(changed)).isEqualTo("u::---,u:7:rwx,g::r--,m::---,o::---");
  }

  @Test
  void onlyDirectoriesHaveDefaultLists() {
    byte[] value = TestAcl.of("u::rwx,g::r-x,o::---").encode();

    assertThat(store.setxattr(file, "system.posix_acl_default", value)).isEqualTo(Errno.EACCES);
    assertThat(store.setxattr(dir, "system.posix_acl_default", value)).isNull();
    assertThat(ok(xattrs.getxattr(dir, PosixAcl.DEFAULT))).isEqualTo(value);
    assertThat(store.stat(dir).permissions()).isEqualTo(0755);
    long link = store.symlink(ROOT, "l", "f");
    assertThat(store.setxattr(link, "system.posix_acl_access", value)).isEqualTo(Errno.EOPNOTSUPP);
  }

  @Test
  void whatIsNoListIsRefused() {
    assertThat(store.setxattr(file, "system.posix_acl_access", VALUE)).isEqualTo(Errno.EINVAL);
    assertThat(store.setxattr(dir, "system.posix_acl_default", VALUE)).isEqualTo(Errno.EINVAL);
  }

  private Errno setAcl(long nodeid, String acl) {
    return store.setxattr(nodeid, "system.posix_acl_access", TestAcl.of(acl).encode());
  }

  private String acl(long nodeid) {
    return TestAcl.text(ok(xattrs.getxattr(nodeid, PosixAcl.ACCESS)));
  }
}
