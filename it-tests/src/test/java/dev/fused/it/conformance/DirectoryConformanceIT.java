package dev.fused.it.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.ServedMount;
import dev.fused.it.support.TmpfsMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command, on directories where all laws hold, and on those where some do not. */
@NeedsMount
@NeedsPrograms({"python3", "getfacl", "setfacl"})
final class DirectoryConformanceIT {
  private static final Duration TIME_LIMIT = Duration.ofMinutes(10);

  @TempDir private Path directory;

  @Test
  void asRootAllLawsHoldOnTmpfsAndNoneIsSkipped() throws IOException {
    Path xml = directory.resolve("report.xml");
    Path html = directory.resolve("report.html");
    try (TmpfsMount tmpfs = TmpfsMount.mount("size=1g")) {
      Result result = check(tmpfs.path(), "--junit", xml, "--html", html).requireSuccess();

      assertThat(result.out())
          .contains("checking " + tmpfs.path(), "on a file system of type tmpfs")
          .containsPattern("\n[0-9]+ passed, 0 failed, 0 skipped\n$");
      assertThat(tmpfs.path()).isEmptyDirectory();
    }
    assertThat(xml).content().contains("giving_a_file_away", "failures=\"0\"", "skipped=\"0\"");
    assertThat(html).content().contains("giving a file away ✓");
  }

  /** The list is what a user can see of the laws that only root can run. */
  @Test
  void asAUserNoLawFailsAndEachSkipSaysWhatOnlyRootMay() throws IOException {
    Path installed = installForAll();
    try (TmpfsMount tmpfs = TmpfsMount.mount("size=1g,mode=1777")) {
      Result result =
          Command.of(
                  "setpriv",
                  "--reuid=4711",
                  "--regid=4711",
                  "--clear-groups",
                  installed.resolve("fused"),
                  "conformance",
                  "--directory",
                  tmpfs.path())
              .with("FUSED_JAVA_HOME", System.getProperty("java.home"))
              .within(TIME_LIMIT)
              .run()
              .requireSuccess();

      List<String> reasons =
          result
              .out()
              .lines()
              .dropWhile(line -> !line.startsWith("skipped "))
              .skip(1)
              .takeWhile(line -> line.startsWith("  "))
              .map(line -> line.strip().replaceFirst(" \\([0-9]+ laws?\\)$", ""))
              .toList();
      assertThat(reasons)
          .containsExactly(
              "acting as another user needs root: becoming uid 65534: EPERM",
              "devices cannot be made: mknod of a character device: EPERM",
              "files cannot be given away: chown to uid 4294967294: EPERM",
              "names cannot be dropped from the kernel's cache: remount: EPERM",
              "only root may do all: this is uid 4711",
              "there are no handles: open_by_handle_at: EPERM",
              "there are no trusted attributes: setxattr trusted.x: EPERM");
      assertThat(result.out()).contains(" passed, 0 failed, ");
      assertThat(tmpfs.path()).isEmptyDirectory();
    }
  }

  /** Where another user can run it, which the source tree need not be. */
  private Path installForAll() throws IOException {
    Path installed = Files.createDirectory(directory.resolve("installed"));
    Path built = Launcher.home().resolve("dist/target/dist");
    Command.of("cp", "-r", built + "/.", Launcher.script(), installed).output();
    Command.of("chmod", "-R", "a+rX", directory).output();
    return installed;
  }

  @Test
  void aHoleThatIsNotPunchedIsALawThatDoesNotHold() throws IOException {
    Result result =
        checkServed(WrongFileSystem.thatPunchesNoHoles(), "--law", "hole,rename", "--timeout", 20);

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out())
        .contains("FAILED file: a punched hole reads as zeros and takes no space")
        .contains("expected (32768, 32, True)")
        .doesNotContain("FAILED errno");
  }

  @Test
  void aLawThatHangsHasFailedAndTheOthersGoOn() throws IOException {
    Result result =
        checkServed(
            WrongFileSystem.thatHangsInFsync(), "--law", "can be synced,fifo", "--timeout", 2);

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.out())
        .contains("FAILED file: what is written can be synced")
        .contains("did not end within 2 seconds, and was killed")
        .containsPattern("errno +2 passed, 0 failed, 0 skipped")
        .containsPattern("\n3 passed, 1 failed, 0 skipped\n$");
    assertThat(result.err()).contains("cannot remove what was made there");
  }

  private static Result checkServed(FuseFileSystem fileSystem, Object... arguments)
      throws IOException {
    try (ServedMount mount = ServedMount.serving(fileSystem, "allow_other")) {
      return check(mount.path(), arguments);
    }
  }

  @Test
  void aSignalEndsItAndNothingIsLeftBehind() {
    for (String signal : List.of("INT", "TERM")) {
      try (TmpfsMount tmpfs = TmpfsMount.mount("size=1g");
          RunningCommand running =
              Launcher.command("conformance", "--directory", tmpfs.path(), "--law", "lock,errno")
                  .start()) {
        running.awaitText("errno ");
        running.signal(signal);

        assertThat(running.await().status()).isEqualTo(128 + (signal.equals("INT") ? 2 : 15));
        assertThat(tmpfs.path()).isEmptyDirectory();
      }
    }
  }

  @Test
  void aDirectoryThatCannotBeWrittenToIsASentence() {
    try (TmpfsMount tmpfs = TmpfsMount.mount("size=1g,ro")) {
      Result result = check(tmpfs.path());

      assertThat(result.status()).isEqualTo(1);
      assertThat(result.err())
          .contains("fused: no directory can be made in " + tmpfs.path())
          .contains("EROFS");
    }
  }

  private static Result check(Path path, Object... arguments) {
    Object[] words = new Object[arguments.length + 3];
    words[0] = "conformance";
    words[1] = "--directory";
    words[2] = path;
    System.arraycopy(arguments, 0, words, 3, arguments.length);
    return Launcher.command(words).within(TIME_LIMIT).run();
  }
}
