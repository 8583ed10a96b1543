package dev.fused.it.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Daemon;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.TmpfsMount;
import dev.fused.it.support.Waiting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fused mount --capture} on real mounts, and {@code fused replay} of what it wrote. */
@NeedsMount
final class CaptureIT {
  private static final String OPTIONS = "size=256m,nr_inodes=10k";
  private static final int PROCESSES = 4;

  /** Of one process in a directory of its own: names, data, attributes, links, holes, times. */
  private static final String WORK =
      """
      cd "$DIRECTORY"
      for i in $(seq 30); do
        mkdir d$i
        seq $i > d$i/numbers
        head -c $((i * 5000)) /dev/zero > d$i/zeros
        echo more >> d$i/numbers
        ln d$i/numbers d$i/linked
        ln -s numbers d$i/symbolic
        chmod 640 d$i/zeros
        touch -d '2001-02-03 04:05:06.789' d$i/zeros
        touch -d '2031-02-03 04:05:06.789' d$i/numbers
        mv d$i/linked moved$i
        truncate -s 1m d$i/sparse
        cat d$i/symbolic d$i/sparse > /dev/null
        ls -l d$i > /dev/null
        rm d$i/zeros
        [ $((i % 3)) != 0 ] || rm -r d$i
      done
      mkfifo fifo
      du -s . > /dev/null
      ls -lR . | wc -l
      """;

  @TempDir Path scratch;

  private Result replay(Path capture, Object... more) {
    List<Object> words = new ArrayList<>(List.of("replay", capture, "-o", OPTIONS));
    words.addAll(List.of(more));
    return Launcher.command(words.toArray()).run();
  }

  /** Each in its own directory: of those that share one, nobody could say who came first. */
  @Test
  void aSessionOfConcurrentProcessesReplaysWithoutDifference() {
    Path capture = scratch.resolve("capture");
    try (DaemonMount mount =
        DaemonMount.start("--loops", "4", "-o", OPTIONS, "--capture", capture)) {
      Path root = mount.path();
      Command.shell("mkdir p1 p2 p3 p4; ls -l").in(root).output();
      List<RunningCommand> running = new ArrayList<>();
      try {
        for (int i = 1; i <= PROCESSES; i++) {
          running.add(Command.shell(WORK).with("DIRECTORY", "p" + i).in(root).start());
        }
        running.forEach(command -> command.await().requireSuccess());
      } finally {
        running.forEach(RunningCommand::close);
      }
    }

    Result replayed = replay(capture);
    assertThat(replayed.status()).as(replayed.toString()).isZero();
    assertThat(replayed.out()).contains("replies compared: no difference");
  }

  @Test
  @NeedsPrograms({"git", "sqlite3"})
  void gitAndSqliteReplayWithoutDifference() {
    Path capture = scratch.resolve("capture");
    try (DaemonMount mount =
        DaemonMount.start("--loops", "1", "-o", OPTIONS, "-o", "capture=" + capture)) {
      Command.shell(
              """
              export HOME=$PWD
              git init -q repository; cd repository
              git config user.name a; git config user.email a@example.com
              for i in 1 2 3; do seq $i > file$i; git add -A; git commit -q -m $i; done
              git clone -q . ../clone
              git gc -q
              git fsck --no-progress
              cd ..
              sqlite3 db 'PRAGMA journal_mode=wal; CREATE TABLE t(a); INSERT INTO t VALUES (1);'
              sqlite3 db 'SELECT * FROM t; VACUUM;'
              """)
          .in(mount.path())
          .output();
    }

    Result replayed = replay(capture);
    assertThat(replayed.status()).as(replayed.toString()).isZero();
  }

  @Test
  void aKilledServerLeavesWhatItDid() throws Exception {
    Path capture = scratch.resolve("capture");
    try (Daemon daemon = Daemon.mount("-o", OPTIONS, "--capture", capture)) {
      assertThat(daemon.said()).contains("; captured in " + capture);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(capture)))
          .isEqualTo("rw-------");
      Command.shell("seq 1000 > numbers; echo 'the last line' > last").in(daemon.path()).output();
      Waiting.until("the capture holds what was written", () -> contains(capture, "the last line"));
      daemon.signal("KILL");
      Waiting.until("the server has ended", () -> !daemon.server().isAlive());
    }

    Result replayed = replay(capture);
    assertThat(replayed.status()).as(replayed.toString()).isZero();
    assertThat(replayed.out()).contains("no difference");
  }

  private static boolean contains(Path file, String text) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aFullDiskEndsTheCaptureAndNotTheMount() {
    try (TmpfsMount small = TmpfsMount.mount("size=128k")) {
      Path capture = small.path().resolve("capture");
      try (Daemon daemon = Daemon.mount("-o", OPTIONS, "--capture", capture)) {
        Command.shell("head -c 1m /dev/urandom > a; cmp a a; rm a; echo b > b")
            .in(daemon.path())
            .output();

        assertThat(Command.shell("cat b").in(daemon.path()).output()).isEqualTo("b\n");
        assertThat(daemon.logged())
            .containsOnlyOnce("capturing to " + capture + " has stopped, and the mount goes on");
      }
      Result replayed = replay(capture);
      assertThat(replayed.status()).as(replayed.toString()).isZero();
      assertThat(replayed.out()).contains("note: the file ends within a message");
    }
  }

  @Test
  void aCaptureOnTheMountItselfIsRefused() {
    try (MountDirectory directory = MountDirectory.create()) {
      Path capture = directory.path().resolve("capture");
      Result refused =
          Launcher.command("mount", "-f", directory.path(), "--capture", capture).run();

      assertThat(refused.status()).isEqualTo(2);
      assertThat(refused.err()).contains("must not lie under the mount point");
    }
  }
}
