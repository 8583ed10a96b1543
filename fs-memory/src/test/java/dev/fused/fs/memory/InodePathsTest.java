package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.ALICE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static dev.fused.fs.memory.TestStore.name;
import static dev.fused.fs.memory.TestStore.ok;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.FileName;
import org.junit.jupiter.api.Test;

class InodePathsTest {
  private final TestStore store = new TestStore();
  private final InodePaths paths = store.paths;
  private final long usr = store.directory(ROOT, "usr");
  private final long lib = store.directory(usr, "lib");
  private final long file = store.file(lib, "a.so");

  @Test
  void theRootIsASlash() {
    assertThat(paths.pathOf(ROOT)).contains(name("/"));
    assertThat(paths.nodeidOf(name("/"))).hasValue(ROOT);
    assertThat(paths.nodeidOf(name(""))).hasValue(ROOT);
  }

  @Test
  void aPathHasTheNamesFromTheRootOn() {
    assertThat(paths.pathOf(file)).contains(name("/usr/lib/a.so"));
    assertThat(paths.nodeidOf(name("/usr/lib/a.so"))).hasValue(file);
    assertThat(paths.nodeidOf(name("usr//lib/./../lib/"))).hasValue(lib);
    assertThat(paths.nodeidOf(name("/../usr"))).hasValue(usr);
  }

  @Test
  void aPathFollowsARename() {
    long opt = store.directory(ROOT, "opt");
    store.rename(usr, "lib", opt, "lib64", 0);
    store.rename(lib, "a.so", lib, "b.so", 0);

    assertThat(paths.pathOf(file)).contains(name("/opt/lib64/b.so"));
    assertThat(paths.nodeidOf(name("/usr/lib"))).isEmpty();
    store.rename(ROOT, "opt", ROOT, "usr", 2);
    assertThat(paths.pathOf(file)).contains(name("/usr/lib64/b.so"));
    assertThat(paths.pathOf(usr)).contains(name("/opt"));
  }

  @Test
  void aFileWithSeveralLinksHasThePathOfOneThatIsLeft() {
    ok(store.names.link(file, usr, name("b.so")));
    store.names.unlink(lib, name("a.so"));
    assertThat(paths.pathOf(file)).contains(name("/usr/b.so"));

    store.names.unlink(usr, name("b.so"));
    assertThat(paths.pathOf(file)).isEmpty();
  }

  @Test
  void whatHasNoNameHasNoPath() {
    long temporary = ok(store.names.tmpfile(ROOT, 0600, ALICE, false)).ino();

    assertThat(paths.pathOf(temporary)).isEmpty();
    assertThat(paths.pathOf(4711)).isEmpty();
  }

  @Test
  void whatIsNotThereHasNoNodeid() {
    assertThat(paths.nodeidOf(name("/usr/missing"))).isEmpty();
    assertThat(paths.nodeidOf(name("/usr/lib/a.so/x"))).isEmpty();
    assertThat(paths.nodeidOf(name("/usr/lib/a.so/."))).isEmpty();
  }

  @Test
  void namesThatAreNoTextKeepTheirBytes() {
    byte[] bytes = {(byte) 0xfe, (byte) 0xff};
    long odd = ok(store.names.mkdir(ROOT, FileName.of(bytes), 0755, ALICE)).ino();
    FileName path = FileName.of(new byte[] {'/', (byte) 0xfe, (byte) 0xff});

    assertThat(paths.pathOf(odd)).contains(path);
    assertThat(paths.nodeidOf(path)).hasValue(odd);
  }
}
