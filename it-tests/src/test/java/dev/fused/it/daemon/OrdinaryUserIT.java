package dev.fused.it.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command.Result;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.PrivateNamespace;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fused mount} by a user without any capability, through fusermount3. */
@NeedsMount
@NeedsPrograms({"fusermount3", "setpriv", "unshare"})
final class OrdinaryUserIT {
  @TempDir Path scratch;

  private Result run(String script) {
    return PrivateNamespace.run(scratch, script);
  }

  @Test
  void anOrdinaryUserMountsUsesAndUnmountsWithSeveralLoops() {
    String said =
        run("""
            fused mount "$mnt" --size 64m --loops 4 --noatime
            grep "$mnt " /proc/self/mountinfo
            cat "$scratch"/home/.local/state/fused/*-mnt.log
            for i in 1 2 3 4 5 6 7 8; do
              user sh -c "seq 20000 >'$mnt/$i' && seq 20000 | cmp - '$mnt/$i'" &
              workers="${workers:-} $!"
            done
            for worker in $workers; do wait "$worker"; done
            ls "$mnt" 2>&1 || true
            user ls "$mnt" | wc -l
            fused unmount "$mnt"
            ! grep "$mnt " /proc/self/mountinfo
            """)
            .requireSuccess()
            .out();

    assertThat(said)
        .contains("mounted " + scratch + "/mnt: memory, 64.0 MiB")
        .contains("rw,nosuid,nodev,noatime")
        .contains("fuse.fused fused rw,user_id=65534,group_id=65534,default_permissions")
        .contains("INFO  [main] mounted ")
        .as("root may not look without allow_other")
        .contains("Permission denied")
        .contains("\n8\n")
        .endsWith(scratch + "/mnt unmounted\n");
  }

  @Test
  void theEndOfTheServerUnmounts() {
    run("""
        setpriv --reuid=65534 --regid=65534 --clear-groups \\
          "$scratch/project/fused" mount -f "$mnt" --size 1m &
        until grep -q "$mnt " /proc/self/mountinfo; do sleep 0.05; done
        user ls "$mnt"
        kill "$!"
        wait "$!"
        ! grep "$mnt " /proc/self/mountinfo
        """)
        .requireSuccess();
  }

  @Test
  void allowOtherIsExplainedWhereTheAdministratorDoesNotAllowIt() {
    Result result =
        run(
            """
            : >"$scratch/fuse.conf"
            mount --bind "$scratch/fuse.conf" /etc/fuse.conf
            fused mount "$mnt" --allow-other
            """);

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err())
        .contains("'user_allow_other' is set in /etc/fuse.conf")
        .contains("Ask the administrator for the line")
        .hasLineCount(1);
  }

  @Test
  void allowOtherWorksWhereTheAdministratorAllowsIt() {
    run("""
        echo user_allow_other >"$scratch/fuse.conf"
        mount --bind "$scratch/fuse.conf" /etc/fuse.conf
        fused mount "$mnt" --allow-other --size 1m
        ls "$mnt"
        fused unmount "$mnt"
        """)
        .requireSuccess();
  }

  @Test
  void aMissingFusermountIsNamedWithItsPackage() {
    Result result =
        run(
            """
            for program in $(type -ap fusermount3); do mount --bind /dev/null "$program"; done
            fused mount "$mnt"
            """);

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err())
        .contains("fusermount3, which mounts for such users, is not installed")
        .contains("install the package fuse3")
        .hasLineCount(1);
  }

  @Test
  void aDirectoryOfSomebodyElseIsRefused() {
    Result result = run("fused mount /mnt");

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("no write access").contains("/mnt").hasLineCount(1);
  }

  @Test
  void aDeviceThatUsersMayNotOpenIsNamed() {
    Result result =
        run(
            """
            chmod 600 "$scratch/fuse"
            fused mount "$mnt"
            """);

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("/dev/fuse").contains("chmod 666").hasLineCount(1);
  }

  @Test
  void passthroughIsRefusedWithTheMissingCapability() {
    Result result = run("fused mount -f \"$mnt\" --data passthrough");

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err())
        .contains("data=passthrough is impossible: the server has no CAP_SYS_ADMIN")
        .doesNotContain("Exception");
  }

  /** There mount(2) is allowed, and fusermount3 is not needed. */
  @Test
  void rootOfAUserNamespaceMountsByItself() {
    String said =
        run("""
                user unshare --user --map-root-user --mount bash -euc '
                  "$0/project/fused" mount "$0/mnt" --size 1m --loops 3 --log-file "$0/home/log"
                  echo content >"$0/mnt/a"
                  cat "$0/mnt/a"
                  "$0/project/fused" unmount "$0/mnt"
                ' "$scratch"
                """)
            .requireSuccess()
            .out();

    assertThat(said).contains("mounted ").contains("\ncontent\n").endsWith("unmounted\n");
  }

  @Test
  void suidIsLeftOutAndSaid() {
    String log =
        run("""
            fused mount "$mnt" -o suid --size 1m
            grep "$mnt " /proc/self/mountinfo
            cat "$scratch"/home/.local/state/fused/*-mnt.log
            fused unmount "$mnt"
            """)
            .requireSuccess()
            .out();

    assertThat(log).contains("rw,nosuid,nodev").contains("unsafe option suid ignored");
  }
}
