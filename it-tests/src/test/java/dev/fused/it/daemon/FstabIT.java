package dev.fused.it.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command.Result;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.PrivateNamespace;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** mount(8) and fstab(5), by the helper mount.fuse.fused, in a namespace where /sbin has it. */
@NeedsMount
@NeedsPrograms({"fusermount3", "setpriv", "unshare"})
final class FstabIT {
  private static final String WITH_HELPER =
      """
      sbin=$(readlink -f /sbin)
      mkdir "$scratch/old" "$scratch/sbin" "$scratch/etc"
      mount --bind "$sbin" "$scratch/old"
      ln -s "$scratch"/old/* "$scratch/sbin"
      ln -sf "$scratch/project/dist/target/dist/sbin/mount.fuse.fused" "$scratch/sbin"
      mount --bind "$scratch/sbin" "$sbin"
      fstab=$scratch/fstab
      """;

  @TempDir Path scratch;

  private Result run(String script) {
    return PrivateNamespace.run(scratch, WITH_HELPER + script);
  }

  @Test
  void mountMountsByTypeAndUmountUnmounts() {
    String said =
        run("""
                mount -t fuse.fused none "$mnt" -o size=64m,noatime,x-systemd.automount,nofail
                grep "$mnt " /proc/self/mountinfo
                df --output=size "$mnt" | tail -n 1
                umount "$mnt"
                ! grep "$mnt " /proc/self/mountinfo
                """)
            .requireSuccess()
            .out();

    assertThat(said).contains("noatime").contains("- fuse.fused fused ").contains("65536\n");
  }

  @Test
  void mountAllTakesItsLinesFromFstab() {
    String said =
        run("""
                options=defaults,auto,users,_netdev,nofail,comment=scratch,x-gvfs-show,size=1m
                echo "data $mnt fuse.fused $options,allow_other 0 0" >"$fstab"
                mount -T "$fstab" -a
                grep "$mnt " /proc/self/mountinfo
                mount -T "$fstab" -a
                grep -c "$mnt " /proc/self/mountinfo
                umount "$mnt"
                """)
            .requireSuccess()
            .out();

    assertThat(said).contains("- fuse.fused data ").contains("allow_other").endsWith("\n1\n");
  }

  @Test
  void theSourceMayBeAFileOfOptions() {
    String said =
        run("""
                printf 'size = 64m\\nfsname = from-a-file\\n' >"$scratch/some.conf"
                mount -t fuse.fused "$scratch/some.conf" "$mnt" -o ro
                grep "$mnt " /proc/self/mountinfo
                umount "$mnt"
                """)
            .requireSuccess()
            .out();

    assertThat(said).contains("- fuse.fused from-a-file ro,");
  }

  /** mount(8) and umount(8) are set-uid: they keep no environment, and no home for the log. */
  @Test
  void aUserWhomFstabAllowsMountsAndUnmounts() {
    run("""
            echo "none $mnt fuse.fused noauto,user,size=1m,log_file=$scratch/home/log 0 0" >"$fstab"
            mount --bind "$fstab" /etc/fstab
            user mount "$mnt"
            grep "$mnt .*user_id=65534" /proc/self/mountinfo
            user umount "$mnt"
            ! grep "$mnt " /proc/self/mountinfo
            """)
        .requireSuccess();
  }

  @Test
  void remountIsRefusedWithTheReason() {
    Result result =
        run(
            """
            mount -t fuse.fused none "$mnt" -o size=1m
            status=0
            mount -t fuse.fused none "$mnt" -o remount,size=2m || status=$?
            umount "$mnt"
            exit "$status"
            """);

    assertThat(result.status()).isPositive();
    assertThat(result.err()).contains("a mount cannot be changed; unmount it and mount again");
  }

  @Test
  void anUnknownOptionFailsUnlessMountIsSloppy() {
    String said =
        run("""
                mount -t fuse.fused none "$mnt" -o sise=1m || echo "status $?"
                mount -f -t fuse.fused none "$mnt" -o size=1m
                ! grep "$mnt " /proc/self/mountinfo
                mount -s -n -v -t fuse.fused none "$mnt" -o sise=1m,size=1m
                umount "$mnt"
                """)
            .requireSuccess()
            .out();

    assertThat(said).contains("status 1\n");
  }

  @Test
  void aMountThatFailsIsStatus32() {
    Result result = run("mount -t fuse.fused none \"$scratch/missing\" -o size=1m");

    assertThat(result.status()).isEqualTo(32);
    assertThat(result.err()).contains(scratch + "/missing");
  }
}
