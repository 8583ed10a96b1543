package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command.Result;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.PrivateNamespace;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code fused mount --user}: a server that root starts, and that becomes the user 65534. */
@NeedsMount
@NeedsPrograms({"setpriv", "unshare"})
final class ServerUserIT {
  private static final String FUNCTIONS =
      """
      log=$scratch/logs/mnt.log
      mkdir "$scratch/logs"
      never() {
        if "$@"; then
          echo "should have failed: $*" >&2
          exit 1
        fi
      }
      # fused as root
      root() { "$scratch/project/fused" "$@"; }
      # mounts for user 65534
      start() { root mount "$mnt" --size 64m --log-file "$log" --user 65534 "$@"; }
      server() { root list | awk -v place="$mnt" '$NF == place { print $1 }'; }
      number() { mountpoint -d "$mnt" | sed 's/.*://'; }
      # waits for the end of a process
      gone() {
        for _ in {1..600}; do
          [ -e "/proc/$1" ] || return 0
          sleep 0.05
        done
        echo "process $1 does not end" >&2
        return 1
      }
      # process and connection, in order
      ended() {
        gone "$1"
        never grep "$mnt " /proc/self/mountinfo
        [ ! -e "/run/fused/$2.sock" ]
        never grep -E ' (WARN|ERROR) ' "$log"
      }
      """;

  @TempDir Path scratch;

  private Result run(String script) {
    return PrivateNamespace.run(scratch, FUNCTIONS + script);
  }

  @ParameterizedTest
  @CsvSource({"root unmount \"$mnt\"", "kill \"$pid\"", "umount \"$mnt\""})
  void everyThreadIsTheUserAndNothingIsLeftAtTheEnd(String end) {
    String said =
        run("""
            start --allow-other
            pid=$(server)
            number=$(number)
            echo content >"$mnt/file"
            [ "$(cat "$mnt/file")" = content ]
            root status "$mnt" | grep "pid $pid"
            # a line for each thread; one may end meanwhile
            for status in /proc/"$pid"/task/*/status; do
              { grep -E '^(Uid|Gid|Groups|CapPrm|CapEff|NoNewPrivs):' "$status" || true; } |
                tr -s '\\n\\t' '; '
              echo
            done | sort | uniq -c
            cat "$log"
            %s
            ended "$pid" "$number"
            """
                .formatted(end))
            .requireSuccess()
            .out();

    String ids = "Uid: 65534 65534 65534 65534;Gid: 65534 65534 65534 65534;Groups: ;";
    String kept = ids + "CapPrm: 0000000000200002;CapEff: 0000000000200002;NoNewPrivs: 1;";
    String none = ids + "CapPrm: 0000000000000000;CapEff: 0000000000000000;NoNewPrivs: 1;";
    assertThat(said.lines().filter(line -> line.contains("Uid:")).map(String::strip))
        .hasSize(2)
        .anyMatch(line -> line.matches("\\d{2,} " + none))
        .contains("1 " + kept);
    assertThat(said)
        .contains("runs as uid 65534, gid 65534, without further groups and without capabilities")
        .contains("one thread keeps CAP_SYS_ADMIN, to unmount");
  }

  /** Whoever mounted and what modes say decides, as before; not who the server is. */
  @Test
  void whoMayUseTheMountStaysTheSame() {
    run("""
        start
        ls "$mnt"
        never user ls "$mnt"
        root unmount "$mnt"
        start --allow-other --mode 755
        echo secret >"$mnt/secret"
        chmod 600 "$mnt/secret"
        never user cat "$mnt/secret"
        never user touch "$mnt/new"
        chown 1000:1001 "$mnt/secret"
        [ "$(stat -c %u:%g:%a "$mnt/secret")" = 1000:1001:600 ]
        root unmount "$mnt"
        """)
        .requireSuccess();
  }

  @Test
  void theConnectionCanBeAborted() {
    run("""
        start --allow-other
        pid=$(server)
        number=$(number)
        python3 -c '
        import socket, sys
        control = socket.socket(socket.AF_UNIX)
        control.connect(sys.argv[1])
        control.sendall(b"{\\"command\\":\\"abort\\"}\\n")
        print(control.recv(4096).decode())
        ' "/run/fused/$number.sock" | grep aborted
        gone "$pid"
        never grep "$mnt " /proc/self/mountinfo
        """)
        .requireSuccess();
  }

  /** The mount that takes the place may have the same numbers. */
  @Test
  void aMountThatTakesThePlaceIsLeftAlone() {
    run("""
        start
        first=$(server)
        umount "$mnt"
        start
        gone "$first"
        grep "$mnt " /proc/self/mountinfo
        ls "$mnt"
        root unmount "$mnt"
        """)
        .requireSuccess();
  }

  @Test
  void autoUnmountStillTakesTheMountAway() {
    run("""
        start --auto-unmount
        kill -KILL "$(server)"
        for _ in {1..600}; do
          grep -q "$mnt " /proc/self/mountinfo || break
          sleep 0.05
        done
        never grep "$mnt " /proc/self/mountinfo
        """)
        .requireSuccess();
  }

  /** What is refused is refused before anything is mounted. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "setpriv --bounding-set -setuid | takes CAP_SETUID, CAP_SETGID, CAP_SYS_ADMIN and"
            + " CAP_DAC_OVERRIDE, which this process does not have all",
        "setpriv --reuid 65534 --regid 65534 --clear-groups | only root can become another user,"
            + " and this is uid 65534",
      })
  void whoMayNotBecomeAnotherUserIsToldWhatItTakes(String as, String message) {
    Result refused =
        run(
            """
            status=0
            chmod 777 "$scratch/logs"
            %s "$scratch/project/fused" mount "$mnt" --log-file "$log" --user 1000:1000 || status=$?
            never grep "$mnt " /proc/self/mountinfo >&2
            exit "$status"
            """
                .formatted(as));

    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).startsWith("fused: ").contains(message).hasLineCount(1);
  }

  @Test
  void aServerThatTheUserMayNotReadIsRefused() {
    Result refused =
        run(
            """
            cp -r "$project/dist/target/dist" "$scratch/private"
            cp "$project/fused" "$scratch/private"
            chmod 700 "$scratch/private"
            status=0
            "$scratch/private/fused" mount "$mnt" --log-file "$log" --user 65534 || status=$?
            never grep "$mnt " /proc/self/mountinfo >&2
            exit "$status"
            """);

    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err())
        .contains("uid 65534, gid 65534 may not read " + scratch + "/private/lib/")
        .contains("install it where all may read")
        .hasLineCount(1);
  }

  @Test
  void aLogThatTheUserCannotReachIsRefused() {
    Result refused = run("chmod 700 \"$scratch/logs\"\nstart");

    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).contains("may not enter " + scratch + "/logs").hasLineCount(1);
  }
}
