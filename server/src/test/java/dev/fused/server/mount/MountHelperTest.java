package dev.fused.server.mount;

import static dev.fused.server.mount.FakeKernel.MINOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MountHelperTest {
  private static final int FD = 7;
  private static final Duration BOUND = Duration.ofMinutes(10);

  private final FakeKernel kernel = new FakeKernel();
  private final MountOptions options = MountOptions.parse("ro,allow_other,fsname=src");
  private Path point = Path.of("");
  private String data = "";

  @BeforeEach
  void realDirectory(@TempDir Path temporary) throws IOException {
    point = temporary.toRealPath();
    data =
        "fd=7,rootmode=40000,user_id=%d,group_id=%d,allow_other"
            .formatted(Libc.getuid(), Libc.getgid());
  }

  @Test
  void mountTellsTheKernelWhatTheOptionsSay() throws IOException {
    Mount mount = MountHelper.mount(FD, point, options, kernel);
    assertThat(kernel.calls).containsExactly("mount src " + point + " fuse.fused 0x7 " + data);
    assertThat(mount.path()).isEqualTo(point);
    assertThat(mount.deviceMinor()).isEqualTo(MINOR);
    assertThat(mount.isStillOurs()).isTrue();
  }

  @Test
  void aMountKnowsTheUniqueIdThatItGot() throws IOException {
    kernel.uniqueMountId = 1000;
    Mount mount = MountHelper.mount(FD, point, options, kernel);
    kernel.uniqueMountId = 1001;
    assertThat(mount.isStillOurs()).isFalse();
  }

  @Test
  void theMountPointIsWhereTheGivenPathLeads() throws IOException {
    Path target = Files.createDirectory(point.resolve("target"));
    Path link = Files.createSymbolicLink(point.resolve("link"), target);
    assertThat(MountHelper.mount(FD, link, options, kernel).path()).isEqualTo(target);
  }

  @Test
  void aMountOfAnotherKindMayBeMountedOver() throws IOException {
    kernel.add(30, 5, point, "tmpfs");
    Mount mount = MountHelper.mount(FD, point, options, kernel);
    assertThat(mount.info().type()).isEqualTo("fuse.fused");
    assertThat(mount.isStillOurs()).isTrue();
  }

  @Test
  void anyOtherErrorIsNamed() {
    kernel.mountResult = -Errno.EIO.number();
    assertMountFails().hasMessage("cannot mount " + point + ": EIO (input/output error)");
  }

  @Test
  void aLiveFuseMountIsNotMountedOver() {
    kernel.add(30, MINOR, point, "fuse.fused");
    assertMountFails()
        .hasMessage(
            point
                + " is already a mount of type fuse.fused. Unmount it first: fused unmount "
                + point);
    assertThat(kernel.calls).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"ENOTCONN", "ECONNREFUSED"})
  void aFuseMountWhoseServerIsGoneIsRemovedFirst(Errno error) throws IOException {
    kernel.add(30, MINOR, point, "fuse.sshfs");
    kernel.probe = () -> -error.number();

    MountHelper.mount(FD, point, options, kernel);

    assertThat(kernel.calls)
        .containsExactly(
            "umount " + point + " 0", "mount src " + point + " fuse.fused 0x7 " + data);
  }

  @Test
  void aDeadMountThatMayNotBeRemovedStaysAndIsNamed() {
    kernel.add(30, MINOR, point, "fuse.sshfs");
    kernel.probe = () -> -Errno.ENOTCONN.number();
    kernel.umount = flags -> -Errno.EPERM.number();

    assertMountFails().hasMessageStartingWith("cannot unmount " + point + ": ");
  }

  @Test
  void aFuseMountThatDoesNotAnswerIsNotWaitedFor() {
    CountDownLatch never = new CountDownLatch(1);
    kernel.add(30, MINOR, point, "fuse");
    kernel.probe =
        () -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return 0;
        };
    assertMountFails()
        .hasMessage(
            point
                + " is already a mount of type fuse whose server does not answer."
                + " Unmount it first: fused unmount "
                + point);
    never.countDown();
  }

  @ParameterizedTest
  @EnumSource(names = {"EPERM", "EACCES"})
  void withoutPrivilegeTheMessageSaysHowToGetIt(Errno error) {
    kernel.mountResult = -error.number();
    assertMountFails()
        .hasMessageStartingWith("cannot mount " + point + ": " + error.describe())
        .hasMessageContaining("CAP_SYS_ADMIN")
        .hasMessageContaining("sudo")
        .hasMessageContaining("--cap-add SYS_ADMIN");
  }

  @Test
  void withoutFuseInTheKernelTheMessageSaysHowToLoadIt() {
    kernel.mountResult = -Errno.ENODEV.number();
    assertMountFails()
        .hasMessage(
            "cannot mount "
                + point
                + ": ENODEV (no such device). This kernel has no FUSE loaded: modprobe fuse");
  }

  @Test
  void whatTheKernelDoesNotAcceptIsShown() {
    kernel.mountResult = -Errno.EINVAL.number();
    assertMountFails()
        .hasMessage(
            "cannot mount %s: EINVAL (invalid argument).".formatted(point)
                + " The kernel did not accept type fuse.fused, flags 0x7, data \""
                + data
                + "\"");
  }

  @Test
  void aMountPointThatDoesNotExistIsRefusedBeforeTheKernelIsAsked() {
    point = point.resolve("missing");
    assertMountFails().hasMessageContaining("mkdir -p " + point);
    assertThat(kernel.calls).isEmpty();
  }

  @Test
  void withoutProcNothingIsMounted() {
    kernel.proc = false;
    assertMountFails().hasMessageStartingWith("cannot read /proc/self/mountinfo");
    assertThat(kernel.calls).isEmpty();
  }

  @Test
  void theFuseMountAtAPathIsFoundAndUnmounted() throws IOException {
    kernel.add(30, MINOR, point, "fuse.sshfs");
    assertThat(MountHelper.mountAt(point, kernel).unmount(BOUND))
        .isEqualTo(UnmountResult.UNMOUNTED);
    assertThat(kernel.topmostAt(point)).isEmpty();
  }

  @Test
  void aPathThatIsNotMountedIsRefused() {
    assertThatThrownBy(() -> MountHelper.mountAt(point, kernel))
        .isInstanceOf(MountException.class)
        .hasMessage(point + " is not mounted");
  }

  @Test
  void aMountOfAnotherKindIsNotUnmounted() {
    kernel.add(30, 5, point, "tmpfs");
    assertThatThrownBy(() -> MountHelper.mountAt(point, kernel))
        .isInstanceOf(MountException.class)
        .hasMessage(point + " is a mount of type tmpfs, not of FUSE; unmount it with umount");
    assertThat(kernel.calls).isEmpty();
  }

  private AbstractThrowableAssert<?, ?> assertMountFails() {
    return assertThatThrownBy(() -> MountHelper.mount(FD, point, options, kernel))
        .isInstanceOf(MountException.class);
  }
}
