package dev.fused.it.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.fs.memory.MemoryFileSystem;
import dev.fused.fs.memory.MemoryOptions;
import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.ServedMount;
import dev.fused.protocol.InitFlag;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The memory file system seen through a mount that maps ids: 1000 in it is 2000 outside. */
@NeedsMount
@NeedsPrograms({"python3", "getfattr", "setfattr"})
final class IdmapIT {
  private static ServedMount serve(String... options) throws IOException {
    return ServedMount.serving(new MemoryFileSystem(MemoryOptions.of(1 << 20, 1000)), options);
  }

  private static Result map(ServedMount mount, MountDirectory target) {
    return Command.python("idmap.py", mount.path(), target.path(), 1000, 2000).run();
  }

  private static String owner(Path file) {
    return Command.of("stat", "-c", "%u:%g", file).output().strip();
  }

  @Test
  void idsAreMappedBothWays() throws IOException {
    try (ServedMount mount = serve("default_permissions", "allow_other", "idmap");
        MountDirectory mapped = MountDirectory.create()) {
      assertThat(mount.mount().connection().has(InitFlag.ALLOW_IDMAP)).isTrue();
      Path inside = mount.path();
      Path outside = mapped.path();
      Command.of("touch", inside.resolve("old")).output();
      Command.of("chown", "1000:1000", inside.resolve("old")).output();
      map(mount, mapped).requireSuccess();

      assertThat(owner(outside.resolve("old"))).isEqualTo("2000:2000");
      String make = "mkdir d; echo text > d/file; ln -s x d/link; mkfifo d/fifo; chmod 600 old";
      Command.of("setpriv", "--reuid=2000", "--regid=2000", "--clear-groups", "sh", "-ec", make)
          .in(outside)
          .output();
      for (String name : new String[] {"d", "d/file", "d/link", "d/fifo"}) {
        assertThat(owner(outside.resolve(name))).as(name).isEqualTo("2000:2000");
        assertThat(owner(inside.resolve(name))).as(name).isEqualTo("1000:1000");
      }
      Command.of("chown", "2000:0", outside.resolve("d/file")).output();
      assertThat(owner(inside.resolve("d/file"))).isEqualTo("1000:0");
    }
  }

  /** Nobody knows who asks: the names are listed, what they stand for stays root's. */
  @Test
  void namesOfTrustedAttributesAreListed() throws IOException {
    try (ServedMount mount = serve("default_permissions", "allow_other", "idmap")) {
      Path file = mount.path().resolve("file");
      Command.of("touch", file).output();
      Command.of("setfattr", "-n", "trusted.t", "-v", "x", file).output();

      assertThat(Command.of("getfattr", "-m", "-", file).output()).contains("trusted.t");
    }
  }

  @Test
  void withoutTheOptionTheKernelRefusesToMapIds() throws IOException {
    try (ServedMount mount = serve("default_permissions");
        MountDirectory mapped = MountDirectory.create()) {
      assertThat(map(mount, mapped).err()).contains("mount_setattr: Invalid argument");
    }
  }
}
