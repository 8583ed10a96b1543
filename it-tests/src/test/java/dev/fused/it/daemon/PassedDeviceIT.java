package dev.fused.it.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command.Result;
import dev.fused.it.support.NeedsIoUring;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.PrivateNamespace;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code fused mount} with an open /dev/fuse that somebody else has mounted with: the server is a
 * process of the user nobody that has no capability, can get none, and may not open /dev/fuse.
 */
@NeedsMount
@NeedsPrograms({"python3", "setpriv", "unshare"})
final class PassedDeviceIT {
  /**
   * {@code become_open_fused} is the example of the manual; {@code unprivileged} runs a program as
   * it does; {@code mount_device N} opens and mounts, as descriptor N of the shell; {@code
   * start_server} hands descriptor 3 on to one in the foreground.
   */
  private static final String FUNCTIONS =
      """
      chmod 600 "$scratch/fuse"
      export mnt
      launcher=$scratch/project/fused
      log=$scratch/log
      export HOME=$scratch/home XDG_RUNTIME_DIR=$scratch/home
      become_open_fused() { exec "$project/docs/examples/fused-open.py" "$@"; }
      become_unprivileged() {
        exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all \\
          --inh-caps=-all --no-new-privs "$@"
      }
      unprivileged() { (become_unprivileged "$@"); }
      open_device() { eval "exec $1<>/dev/fuse"; }
      attach_device() {
        mount -i -t fuse.fused \\
          -o "fd=$1,rootmode=40000,user_id=65534,group_id=65534,${2:-default_permissions,allow_other}" \\
          fused "$mnt"
      }
      mount_device() {
        open_device "$1"
        attach_device "$@"
      }
      close_device() { eval "exec $1>&-"; }
      await() {
        for _ in $(seq 600); do
          ! eval "$1" || return 0
          sleep 0.05
        done
        echo "in vain: $1" >&2
        cat "$log" >&2
        exit 1
      }
      await_ready() { await 'grep -q "mounted $mnt: " "$log" || ! kill -0 "$server" 2>/dev/null'; }
      start_server() {
        "$@" >"$log" 2>&1 &
        server=$!
        close_device 3
        await_ready
      }
      require_unmounted() {
        if grep " $mnt " /proc/self/mountinfo >&2; then exit 1; fi
      }
      """;

  /** A line of the log, on standard error or in a file. */
  private static final String COMPLAINT = "(?m)(^|Z )(WARN|ERROR) ";

  @TempDir Path scratch;

  private Result run(String script) {
    return PrivateNamespace.run(scratch, FUNCTIONS + script);
  }

  private String output(String script) {
    return run(script).requireSuccess().out();
  }

  @Test
  void aServerWithoutAnyPrivilegeServesOnAllClonesThatItWasHanded() {
    String said =
        output(
            """
            become_open_fused --clones 3 -o allow_other nobody "$mnt" \\
              "$launcher" mount -f --transport epoll --size 64m >"$log" 2>&1 &
            server=$!
            await_ready
            grep -E '^(Uid|Cap[A-Z]..|NoNewPrivs)' "/proc/$server/status"
            load() {
              for i in 1 2 3 4 5 6 7 8; do
                (seq "$i" 20000 >"$mnt/$i" && seq "$i" 20000 | cmp - "$mnt/$i") &
                workers="${workers:-} $!"
              done
              for worker in $workers; do wait "$worker" || exit 1; done
              workers=
            }
            all_loops_have_worked() {
              load
              unprivileged "$launcher" status --json "$mnt" >"$scratch/status" || exit 1
              ! grep -Eq '"busy": ?0\\b' "$scratch/status"
            }
            await all_loops_have_worked
            grep -c '"busy":' "$scratch/status"
            ls "$mnt" | wc -l
            "$launcher" list
            umount "$mnt"
            wait "$server"
            require_unmounted
            cat "$log"
            """);

    assertThat(said)
        .contains("Uid:\t65534\t65534\t65534\t65534")
        .contains("CapEff:\t0000000000000000", "CapPrm:\t0000000000000000")
        .contains("CapBnd:\t0000000000000000", "NoNewPrivs:\t1")
        .contains("\n4\n8\n")
        .containsPattern("\\d+ +20\\d\\d-.* +" + scratch + "/mnt\n")
        .contains("transport epoll (4 loops)")
        .contains(scratch + "/mnt is unmounted")
        .doesNotContainPattern(COMPLAINT);
  }

  /** The launcher starts the server as a child then, for which LISTEN_PID does not name it. */
  @Test
  void descriptorsAreHandedOnToAServerInTheBackground() {
    String said =
        output(
            """
            (become_open_fused --clones 1 nobody "$mnt" \\
              "$launcher" mount --transport epoll --log-file "$HOME/log" --size 1m)
            server=$("$launcher" list | awk -v mnt="$mnt" '$NF == mnt { print $1 }')
            unprivileged sh -c 'echo content >"$0/a"; cat "$0/a"' "$mnt"
            umount "$mnt"
            await '! kill -0 "$server" 2>/dev/null'
            cat "$HOME/log"
            """);

    assertThat(said)
        .contains("transport epoll (2 loops)")
        .contains("\ncontent\n")
        .contains(scratch + "/mnt is unmounted")
        .doesNotContainPattern(COMPLAINT);
  }

  /** Whatever descriptors the launcher itself needs. */
  @Test
  void aDescriptorOfAnyNumberIsServedWithOneLoopIfNoMoreCanBeOpened() {
    String said =
        output(
            """
            for number in 3 4 10 63; do
              mount_device "$number"
              unprivileged "$launcher" mount "/dev/fd/$number" \\
                --transport epoll --log-file "$HOME/log" --size 1m
              close_device "$number"
              echo "through $number" >"$mnt/a"
              cat "$mnt/a"
              umount "$mnt"
              require_unmounted
            done
            cat "$HOME/log"
            """);

    assertThat(said)
        .contains("through 3\n", "through 4\n", "through 10\n", "through 63\n")
        .contains("transport epoll (1 loop)")
        .contains("this user may not open /dev/fuse")
        .doesNotContainPattern(COMPLAINT);
  }

  @Test
  void sigtermEndsTheServerAndSaysWhoMustUnmount() {
    String said =
        output(
            """
            mount_device 3
            start_server become_unprivileged "$launcher" mount -f /dev/fd/3 --transport epoll
            kill "$server"
            wait "$server"
            ls "$mnt" 2>&1 || true
            "$launcher" unmount "$mnt"
            require_unmounted
            cat "$log"
            """);

    assertThat(said)
        .contains("Transport endpoint is not connected")
        .contains(scratch + "/mnt unmounted\n")
        .contains("WARN  cannot unmount " + scratch + "/mnt: EPERM")
        .contains("it stays, without a server, until root or who mounted it unmounts it")
        .contains(scratch + "/mnt is no longer served")
        .doesNotContain("\nERROR", "Exception");
  }

  @Test
  void sigtermUnmountsIfTheServerMay() {
    String said =
        output(
            """
            mount_device 3
            start_server "$launcher" mount -f /dev/fd/3 --transport epoll
            kill "$server"
            wait "$server"
            require_unmounted
            cat "$log"
            """);

    assertThat(said).contains("is unmounted").doesNotContainPattern(COMPLAINT);
  }

  @Test
  void whatASigkillLeavesIsRemovedByUnmount() {
    String said =
        output(
            """
            mount_device 3
            start_server become_unprivileged "$launcher" mount -f /dev/fd/3 --transport epoll
            kill -KILL "$server"
            wait "$server" || true
            ls "$mnt" 2>&1 || true
            "$launcher" unmount "$mnt"
            require_unmounted
            """);

    assertThat(said)
        .contains("Transport endpoint is not connected")
        .endsWith(scratch + "/mnt unmounted\n");
  }

  @Test
  void optionsThatOnlyWhoMountsCanHonourAreNamed() {
    String said =
        output(
            """
            mount_device 3 allow_other
            start_server become_unprivileged "$launcher" mount -f /dev/fd/3 --transport epoll \\
              -o ro,allow_other,noatime,fsname=other
            umount "$mnt"
            wait "$server"
            cat "$log"
            """);

    assertThat(said)
        .contains("who mounted it has not given ro,fsname=other, which has no effect here\n")
        .contains("is mounted without default_permissions: the kernel does not check modes");
  }

  /** As of a container that is handed the device, and not the mount, which comes a moment later. */
  @Test
  void aMountThatIsNotSeenIsServedUnderTheNameOfItsDescriptor() {
    String said =
        output(
            """
            open_device 3
            unshare --mount sh -c 'touch "$scratch/apart" && exec "$@"' sh \\
              setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all \\
              "$launcher" mount -f /dev/fd/3 --transport epoll >"$log" 2>&1 &
            server=$!
            await '[ -e "$scratch/apart" ]'
            attach_device 3
            close_device 3
            await 'grep -q "mounted /dev/fd/3: " "$log"'
            echo content >"$mnt/a"
            cat "$mnt/a"
            umount "$mnt"
            wait "$server"
            cat "$log"
            """);

    assertThat(said)
        .contains("content\n")
        .contains("/dev/fd/3: its mount is not seen from here")
        .contains("/dev/fd/3 is unmounted")
        .doesNotContainPattern(COMPLAINT);
  }

  @Test
  @NeedsIoUring
  void ringsNeedNoPrivilege() {
    String said =
        output(
            """
            mount_device 3
            start_server become_unprivileged "$launcher" mount -f /dev/fd/3 --transport io_uring
            seq 100000 >"$mnt/a"
            seq 100000 | cmp - "$mnt/a"
            umount "$mnt"
            wait "$server"
            cat "$log"
            """);

    assertThat(said).contains("transport io_uring (").doesNotContainPattern(COMPLAINT);
  }

  @Test
  void passthroughIsRefusedWithTheMissingCapability() {
    Result result =
        run(
            """
            mount_device 3
            unprivileged "$launcher" mount -f /dev/fd/3 --data passthrough
            """);

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err())
        .contains("data=passthrough is impossible: the server has no CAP_SYS_ADMIN")
        .doesNotContain("Exception");
  }

  @Test
  void whatIsNoMountedDeviceIsRefusedInOneSentence() {
    String said =
        output(
            """
            refused() {
              unprivileged "$launcher" mount --log-file "$HOME/log" "$@" 2>&1 || echo "status $?"
            }
            exec 7</etc/passwd 8>/dev/null
            refused /dev/fd/77
            refused /dev/fd/7
            refused /dev/fd/8
            refused /dev/fd/x
            open_device 5
            refused /dev/fd/5
            """);

    assertThat(said)
        .isEqualTo(
            """
            fused: descriptor 77 is not open: EBADF (bad file descriptor)
            status 1
            fused: descriptor 7 is not an open /dev/fuse
            status 1
            fused: descriptor 8 is not an open /dev/fuse
            status 1
            fused: /dev/fd/x names no descriptor: /dev/fd/N takes a number
            status 2
            fused: cannot serve /dev/fd/5: nothing was mounted with this /dev/fuse within 5 s
            status 1
            """);
  }

  @Test
  void descriptorsThatAreNotAllOfOneMountAreRefusedInOneSentence() {
    String said =
        output(
            """
            listening() {
              (
                export LISTEN_PID=$BASHPID LISTEN_FDS=$1 LISTEN_FDNAMES=mount:other
                become_unprivileged "$launcher" mount -f "${@:2}"
              ) 2>&1 || echo "status $?"
            }
            mount_device 3
            open_device 4
            listening 2
            exec 4</etc/passwd
            listening 2
            listening 1 /dev/fd/3
            """);

    assertThat(said.lines().map(line -> line.replaceAll("connection \\d+", "connection N")))
        .containsExactly(
            "fused: LISTEN_FDS=2 (mount:other): descriptor 4 is not a clone of descriptor 3: one"
                + " belongs to no connection, the other to connection N",
            "status 1",
            "fused: LISTEN_FDS=2 (mount:other): descriptor 4 is not an open /dev/fuse",
            "status 1",
            "fused: both a mount point and descriptors (LISTEN_FDS) are given, and it takes only"
                + " one",
            "status 2");
  }
}
