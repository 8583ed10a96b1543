package dev.fused.daemon.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.daemon.doctor.Finding.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  private static final String ROOT_STATUS = "Name:\tjava\nCapEff:\t000001ffffffffff\n";
  private static final String USER_STATUS = "Name:\tjava\nCapEff:\t0000000000000000\n";

  @TempDir Path root;

  @BeforeEach
  void aMachineOnWhichMountsCanBeMade() throws IOException {
    file("dev/fuse", "");
    file("proc/self/status", ROOT_STATUS);
    file("proc/self/uid_map", "         0          0 4294967295\n");
    file("proc/filesystems", "nodev\ttmpfs\nnodev\tfuse\n");
    file(
        "proc/self/limits",
        "Limit Soft Hard Units\nMax open files            65536    65536 files\n");
  }

  private void file(String path, String text) throws IOException {
    Files.createDirectories(root.resolve(path).getParent());
    Files.writeString(root.resolve(path), text);
  }

  private Finding finding(String release, String subject) {
    return new Doctor(root, release)
        .findings().stream()
            .filter(finding -> finding.subject().equals(subject))
            .findFirst()
            .orElseThrow();
  }

  @Test
  void nothingIsFatalWhereMountsCanBeMade() {
    assertThat(new Doctor(root, "6.18.1").findings())
        .noneMatch(finding -> finding.severity() == Severity.FATAL)
        .allMatch(finding -> finding.severity() == Severity.OK || !finding.remedy().isEmpty());
  }

  @Test
  void aMissingDeviceIsFatalAndTheRemedyDependsOnTheKernel() throws IOException {
    Files.delete(root.resolve("dev/fuse"));
    assertThat(finding("6.18.1", "/dev/fuse").severity()).isEqualTo(Severity.FATAL);
    assertThat(finding("6.18.1", "/dev/fuse").remedy()).contains("--device /dev/fuse");

    file("proc/filesystems", "nodev\ttmpfs\n");
    assertThat(finding("6.18.1", "/dev/fuse").remedy()).isEqualTo("modprobe fuse");
  }

  @Test
  void aUserWithoutCapabilityNeedsFusermount() throws IOException {
    file("proc/self/status", USER_STATUS);
    assertThat(finding("6.18.1", "privileges").severity()).isEqualTo(Severity.FATAL);

    file("usr/bin/fusermount3", "");
    assertThat(root.resolve("usr/bin/fusermount3").toFile().setExecutable(true)).isTrue();
    assertThat(finding("6.18.1", "privileges").severity()).isEqualTo(Severity.NOTE);
  }

  @Test
  void whatTheKernelIsTooOldForIsNamedWithTheFirstThatHasIt() {
    assertThat(finding("6.18.1", "kernel").severity()).isEqualTo(Severity.OK);
    assertThat(finding("6.10.0", "kernel").found())
        .contains("io_uring (transport=io_uring), since Linux 6.14")
        .doesNotContain("passthrough");
    assertThat(finding("3.10.0", "kernel").remedy()).isEqualTo("fused mount --loops 1");
  }

  @Test
  void parametersThatAreOffAreNamedWithTheCommandThatMendsThem() throws IOException {
    file("sys/module/fuse/parameters/enable_uring", "N\n");
    file("proc/sys/fs/fuse/max_pages_limit", "32\n");
    file("proc/sys/kernel/sched_autogroup_enabled", "1\n");

    assertThat(finding("6.18.1", "io_uring").remedy())
        .isEqualTo("echo Y > /sys/module/fuse/parameters/enable_uring");
    assertThat(finding("6.18.1", "request size").remedy())
        .isEqualTo("sysctl fs.fuse.max_pages_limit=256");
    assertThat(finding("6.18.1", "sessions").remedy())
        .startsWith("sysctl kernel.sched_autogroup_enabled=0");
  }

  @Test
  void aMountWithoutServerIsStale() throws IOException {
    file(
        "proc/self/mountinfo",
        "90 1 0:1048575 / /mnt/dead rw - fuse.fused fused rw,user_id=0,group_id=0\n");

    assertThat(finding("6.18.1", "stale mount").remedy()).isEqualTo("fused unmount /mnt/dead");
  }
}
