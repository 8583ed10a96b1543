package dev.fused.it.daemon;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Daemon;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code fused mount}: what it makes, and the sentence and status with which it refuses. */
@NeedsMount
final class MountCommandIT {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  @TempDir Path scratch;

  @Test
  void itReturnsOnceTheMountAnswersAndTheServerStaysBehind() throws Exception {
    try (Daemon daemon = Daemon.mount("--size", "64m", "--inodes", "1000")) {
      Files.writeString(daemon.path().resolve("a"), "content");

      assertThat(Files.readString(daemon.path().resolve("a"))).isEqualTo("content");
      assertThat(daemon.said())
          .startsWith("mounted " + daemon.path() + ": memory, 64.0 MiB, 1,000 inodes; kernel ")
          .hasLineCount(1);
      assertThat(daemon.logged()).contains("mounted " + daemon.path()).doesNotContain("WARN");
      assertThat(Command.shell("df --output=size,itotal . | tail -n 1").in(daemon.path()).output())
          .containsPattern("^ *65536 +1000\n$");
    }
  }

  @Test
  void theServerHoldsNeitherTerminalNorDirectoryNorOutput() throws Exception {
    try (Daemon daemon = Daemon.mount()) {
      Path process = Path.of("/proc/" + daemon.server().pid());

      assertThat(Files.readSymbolicLink(process.resolve("cwd"))).isEqualTo(Path.of("/"));
      for (String standard : List.of("0", "1", "2")) {
        assertThat(Files.readSymbolicLink(process.resolve("fd/" + standard)))
            .isEqualTo(Path.of("/dev/null"));
      }
      String[] stat = Files.readString(process.resolve("stat")).split("\\) ", -1)[1].split(" ", -1);
      assertThat(stat[3]).as("session").isEqualTo(String.valueOf(daemon.server().pid()));
    }
  }

  /** Who reads what the command prints must see its end, though the server goes on. */
  @Test
  void itReturnsInACommandSubstitution() {
    try (MountDirectory directory = MountDirectory.create()) {
      String log = scratch.resolve("log").toString();
      Command command =
          Command.shell(
                  "said=$(%s mount %s --log-file %s); echo \"[$said]\""
                      .formatted(Launcher.script(), directory.path(), log))
              .with("FUSED_JAVA_HOME", System.getProperty("java.home"));

      assertThat(command.output()).startsWith("[mounted " + directory.path()).endsWith("]\n");
      Launcher.command("unmount", directory.path()).output();
    }
  }

  /** Netty would unpack its library there, and load it from there. In /proc nothing can be made. */
  @Test
  void itNeedsNoDirectoryForTemporaryFiles() {
    try (DaemonMount mount = DaemonMount.startWith("-Djava.io.tmpdir=/proc")) {
      assertThat(Command.shell("touch made && ls").in(mount.path()).output()).isEqualTo("made\n");
    }
  }

  /** The build has mounted in a name space of its own, to have them there. */
  @Test
  void theClassesOfMountingComeFromTheCacheOfTheBuild() throws Exception {
    Path log = scratch.resolve("classes");
    try (DaemonMount mount = DaemonMount.startWith("-Xlog:class+load:file=" + log)) {
      assertThat(mount.path()).isDirectory();
    }

    assertThat(Files.readAllLines(log))
        .filteredOn(line -> line.contains(" dev.fused.server.FuseMount source: "))
        .singleElement(as(STRING))
        .endsWith("shared objects file");
  }

  /** max_write bounds WRITE alone. */
  @Test
  @NeedsPrograms({"python3", "getfattr"})
  void smallWritesLeaveRoomForLargeAttributes() {
    try (DaemonMount mount = DaemonMount.start("-o", "max_write=4096")) {
      Command script =
          Command.shell(
              """
              set -e
              touch file
              head -c 65536 /dev/zero | tr '\\0' x > value
              python3 -c 'import os; os.setxattr("file", "user.x", open("value", "rb").read())'
              getfattr --only-values -n user.x file | cmp - value
              """);

      assertThat(script.in(mount.path()).output()).isEmpty();
    }
  }

  @Test
  void optionsReachTheMount() throws Exception {
    String options = "allow_other,noexec,noatime,dev,fsname=some-name,subtype=other,max_read=65536";
    try (DaemonMount mount =
        DaemonMount.start("-o", options, "-o", "mode=0711,uid=12,gid=13,size=1m")) {
      var mounted = mount.directory().mounted().orElseThrow();

      assertThat(mounted.type()).isEqualTo("fuse.other");
      assertThat(mounted.source()).isEqualTo("some-name");
      assertThat(mounted.options())
          .contains("rw", "nosuid", "noexec", "noatime")
          .doesNotContain("nodev");
      assertThat(mounted.superOptions())
          .contains("allow_other", "default_permissions", "max_read=65536", "user_id=0");
      assertThat(Command.of("stat", "-c", "%a %u %g", mount.path()).output())
          .isEqualTo("711 12 13\n");
    }
  }

  @Test
  void aReadOnlyMountRefusesChanges() {
    try (DaemonMount mount = DaemonMount.start("-o", "ro")) {
      Result result = Command.of("touch", "a").in(mount.path()).run();

      assertThat(result.err()).contains("Read-only file system");
    }
  }

  @Test
  void othersAreLetInOnlyWithAllowOther() {
    try (DaemonMount closed = DaemonMount.start();
        DaemonMount open = DaemonMount.start("-o", "allow_other")) {
      Result refused = Command.asNobody("ls", closed.path()).run();

      assertThat(refused.err()).contains("Permission denied");
      assertThat(Command.asNobody("ls", open.path()).output()).isEmpty();
    }
  }

  @Test
  void aRelativePathThroughALinkWithOddCharactersWorks() throws Exception {
    Path directory = Files.createDirectories(scratch.resolve("with blank/d#x"));
    Files.createSymbolicLink(scratch.resolve("link"), Path.of("with blank"));
    Command mount =
        Launcher.command("mount", "link/../link/d#x", "--log-file", scratch.resolve("log"));
    try {
      assertThat(mount.in(scratch).output()).startsWith("mounted " + directory.toRealPath());
      assertThat(Launcher.command("list").output()).contains(directory.toRealPath() + "\n");
    } finally {
      Launcher.command("unmount", "link/d#x").in(scratch).output();
    }
  }

  @Test
  void twoMountsKnowNothingOfEachOther() throws Exception {
    try (DaemonMount first = DaemonMount.start();
        DaemonMount second = DaemonMount.start()) {
      Files.writeString(first.path().resolve("a"), "first");

      assertThat(second.path().resolve("a")).doesNotExist();
      first.server().signal("TERM");
      first.requireOrderlyEnd();
      Files.writeString(second.path().resolve("a"), "second");
    }
  }

  @Test
  void aPlaceThatIsMountedAlreadyIsRefusedWithTheServersPid() {
    try (DaemonMount mount = DaemonMount.start()) {
      Result refused = refusedMount(mount.path());

      assertThat(refused.status()).isEqualTo(FAILED);
      assertThat(refused.err())
          .isEqualTo(
              ("fused: %s is already a mount of type fuse.fused (server: pid %d)."
                      + " Unmount it first: fused unmount %1$s%n")
                  .formatted(mount.path(), mount.server().pid()));
      assertThat(Files.isDirectory(mount.path())).isTrue();
    }
  }

  @Test
  void aMissingMountPointIsRefused() {
    Result refused = refusedMount(scratch.resolve("missing"));

    assertThat(refused.status()).isEqualTo(FAILED);
    assertThat(refused.err())
        .isEqualTo(
            "fused: %s does not exist; create it first: mkdir -p %1$s%n"
                .formatted(scratch.resolve("missing")));
  }

  @Test
  void aFileAsMountPointIsRefused() throws Exception {
    Files.createFile(scratch.resolve("file"));
    Result refused = refusedMount(scratch.resolve("file"));

    assertThat(refused.status()).isEqualTo(FAILED);
    assertThat(refused.err())
        .isEqualTo(
            "fused: %s is not a directory; fused mounts on directories only%n"
                .formatted(scratch.resolve("file")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          allow_othr      | unknown mount option "allow_othr"; did you mean "allow_other"?
          noodev          | unknown mount option "noodev"; did you mean "nodev"?
          frobnicate=7    | unknown mount option "frobnicate"
          size=lots       | option size is "lots", but must be at least 4096 bytes
          inodes=-1       | option inodes is "-1", but must be a number of at least 1
          fd=3            | mount option "fd" is refused: fused sets it itself
          """)
  void aWrongOptionIsRefusedByName(String option, String sentence) {
    Result refused = refusedMount(scratch, "-o", option);

    assertThat(refused.err()).startsWith("fused: " + sentence).hasLineCount(1);
    assertThat(refused.status()).isEqualTo(WRONG_USAGE);
  }

  @Test
  void anUnknownFileSystemIsRefusedByName() {
    Result refused = refusedMount(scratch, "--file-system", "floppy");

    assertThat(refused.status()).isEqualTo(WRONG_USAGE);
    assertThat(refused.err())
        .isEqualTo("fused: there is no file system \"floppy\"; there is: memory\n");
  }

  @Test
  void aLogOnTheMountIsRefused() {
    Result refused = Launcher.command("mount", scratch, "--log-file", scratch.resolve("log")).run();

    assertThat(refused.status()).isEqualTo(WRONG_USAGE);
    assertThat(refused.err()).contains("must not lie under the mount point");
  }

  /** Root, but without the capability that mount(2) asks for, as in a container. */
  @Test
  void withoutTheCapabilityToMountItSaysWhatToDo() {
    try (MountDirectory directory = MountDirectory.create()) {
      Command mount =
          Command.of(
                  "setpriv",
                  "--bounding-set=-sys_admin",
                  "--inh-caps=-sys_admin",
                  Launcher.script(),
                  "mount",
                  directory.path(),
                  "--log-file",
                  scratch.resolve("log"))
              .with("FUSED_JAVA_HOME", System.getProperty("java.home"));
      Result refused = mount.run();

      assertThat(refused.status()).isEqualTo(FAILED);
      assertThat(refused.err())
          .startsWith("fused: cannot mount " + directory.path() + ": ")
          .contains("CAP_SYS_ADMIN", "sudo")
          .hasLineCount(1);
    }
  }

  @Test
  void theWireLogHasALineForEachMessage() {
    try (DaemonMount mount = DaemonMount.start("--debug")) {
      Command.shell("mkdir d; touch d/a; ls d; rm -r d").in(mount.path()).output();

      assertThat(mount.server().err()).contains("MKDIR", "CREATE", "READDIR", "UNLINK", "RMDIR");
    }
  }

  private static Result refusedMount(Path mountPoint, Object... options) {
    Object[] words = new Object[options.length + 3];
    words[0] = "mount";
    words[1] = "-f";
    words[2] = mountPoint;
    System.arraycopy(options, 0, words, 3, options.length);
    Result result = Launcher.command(words).run();
    assertThat(result.status()).as(result.toString()).isNotZero();
    return result;
  }
}
