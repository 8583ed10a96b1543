package dev.fused.server.mount;

import static dev.fused.server.linux.Libc.MNT_DETACH;
import static dev.fused.server.linux.Libc.MNT_FORCE;
import static dev.fused.server.mount.FakeKernel.MINOR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.protocol.Errno;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class MountTest {
  private static final Path PATH = Path.of("/mnt/fast");
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final int BUSY = -Errno.EBUSY.number();

  private final FakeKernel kernel = new FakeKernel();
  private final MountInfo info = kernel.add(31, MINOR, PATH, "fuse.fused");
  private final Mount mount = mountOf(info, 0);

  @Test
  void itTellsWhereItIsAndWhatItsDeviceIs() throws IOException {
    assertThat(mount.path()).isEqualTo(PATH);
    assertThat(mount.deviceMinor()).isEqualTo(MINOR);
    assertThat(mount.info()).isEqualTo(info);
    assertThat(mount.isStillOurs()).isTrue();
  }

  @Test
  void unmountTakesItAway() throws IOException {
    assertThat(mount.unmount(LONG)).isEqualTo(UnmountResult.UNMOUNTED);
    assertThat(kernel.topmostAt(PATH)).isEmpty();
    assertThat(kernel.calls).containsExactly("umount /mnt/fast 0");
  }

  /** So it is for a server that became another user and does not allow_other. */
  @Test
  void whoMayNotLookAtTheMountStillKnowsASuccessorWithTheSameNumbers() throws IOException {
    Mount hidden = mountOf(info, 4711);
    kernel.uniqueMountId = 0;
    assertThat(hidden.isStillOurs()).isTrue();

    kernel.gone = true;
    assertThat(hidden.isStillOurs()).isFalse();
    assertThat(hidden.unmount(SHORT)).isEqualTo(UnmountResult.ALREADY_GONE);
    assertThat(kernel.calls).isEmpty();
  }

  @Test
  void aSecondUnmountDoesNothingAndTellsTheSame() throws MountException {
    mount.unmount(LONG);
    kernel.add(32, MINOR, PATH, "fuse.fused");
    assertThat(mount.unmount(LONG)).isEqualTo(UnmountResult.UNMOUNTED);
    assertThat(kernel.calls).hasSize(1);
  }

  @Test
  void aBusyMountIsTriedAgainUntilItIsFree() throws MountException {
    AtomicInteger tries = new AtomicInteger();
    kernel.umount = flags -> tries.incrementAndGet() < 4 ? BUSY : kernel.remove();
    assertThat(mount.unmount(LONG)).isEqualTo(UnmountResult.UNMOUNTED);
    assertThat(tries).hasValue(4);
  }

  @Test
  void aMountThatStaysBusyIsDetachedInTheEnd() throws IOException {
    kernel.umount = flags -> flags == MNT_DETACH ? kernel.remove() : BUSY;
    assertThat(mount.unmount(SHORT)).isEqualTo(UnmountResult.DETACHED);
    assertThat(kernel.topmostAt(PATH)).isEmpty();
    assertThat(kernel.calls)
        .startsWith("umount /mnt/fast 0")
        .endsWith("umount /mnt/fast " + MNT_DETACH)
        .doesNotContain("abort " + MINOR);
  }

  @Test
  void anInterruptEndsTheWaitingForUsersAndIsKept() throws MountException {
    kernel.umount = flags -> flags == MNT_DETACH ? kernel.remove() : BUSY;
    Thread.currentThread().interrupt();
    assertThat(mount.unmount(LONG)).isEqualTo(UnmountResult.DETACHED);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void aCallThatHangsIsEndedByAnAbort() throws IOException {
    CountDownLatch aborted = new CountDownLatch(1);
    kernel.umount = flags -> hangUntil(aborted, kernel.remove());
    kernel.abort = aborted::countDown;
    assertThat(mount.unmount(SHORT)).isEqualTo(UnmountResult.ABORTED);
    assertThat(kernel.calls).containsExactly("umount /mnt/fast 0", "abort " + MINOR);
  }

  @Test
  void aMountThatIsStillThereAfterTheAbortIsDetached() throws IOException {
    CountDownLatch aborted = new CountDownLatch(1);
    kernel.umount = flags -> flags == MNT_DETACH ? kernel.remove() : hangUntil(aborted, BUSY);
    kernel.abort = aborted::countDown;
    assertThat(mount.unmount(SHORT)).isEqualTo(UnmountResult.ABORTED);
    assertThat(kernel.topmostAt(PATH)).isEmpty();
  }

  @Test
  void withoutFusectlACallThatHangsIsEndedByForce() throws IOException {
    CountDownLatch forced = new CountDownLatch(1);
    kernel.fusectl = false;
    kernel.umount =
        flags -> {
          if (flags == 0) {
            return hangUntil(forced, BUSY);
          }
          forced.countDown();
          return kernel.remove();
        };
    assertThat(mount.unmount(SHORT)).isEqualTo(UnmountResult.ABORTED);
    assertThat(kernel.calls).endsWith("umount /mnt/fast " + (MNT_FORCE | MNT_DETACH));
  }

  @Test
  void aCallThatNothingEndsIsReportedInsteadOfWaitedFor() throws MountException {
    CountDownLatch never = new CountDownLatch(1);
    kernel.fusectl = false;
    kernel.umount = flags -> hangUntil(never, kernel.remove());
    assertThat(mount.unmount(SHORT)).isEqualTo(UnmountResult.STUCK);
    assertThat(kernel.calls).containsExactly("umount /mnt/fast 0", "abort " + MINOR);
    never.countDown();
  }

  @Test
  void whatIsGoneAlreadyIsNotUnmounted() throws IOException {
    kernel.remove();
    assertThat(mount.isStillOurs()).isFalse();
    assertThat(mount.unmount(LONG)).isEqualTo(UnmountResult.ALREADY_GONE);
    assertThat(kernel.calls).isEmpty();
  }

  @Test
  void whatSomebodyElseUnmountsMeanwhileIsGone() throws MountException {
    kernel.umount =
        flags -> {
          kernel.remove();
          return -Errno.EINVAL.number();
        };
    assertThat(mount.unmount(LONG)).isEqualTo(UnmountResult.ALREADY_GONE);
  }

  @Test
  void aSuccessorWithOtherNumbersIsLeftAlone() throws MountException {
    kernel.remove();
    kernel.add(31, MINOR - 1, PATH, "fuse.fused");
    assertThat(mount.unmount(LONG)).isEqualTo(UnmountResult.ALREADY_GONE);
    assertThat(kernel.calls).isEmpty();
  }

  @Test
  void aSuccessorWithTheSameNumbersIsToldApartByItsUniqueId() throws IOException {
    Mount ours = mountOf(info, 1000);
    kernel.uniqueMountId = 1000;
    assertThat(ours.isStillOurs()).isTrue();
    kernel.uniqueMountId = 1001;
    assertThat(ours.isStillOurs()).isFalse();
    assertThat(ours.unmount(LONG)).isEqualTo(UnmountResult.ALREADY_GONE);
    assertThat(kernel.calls).isEmpty();
  }

  @Test
  void whereTheKernelHasNoUniqueIdsTheNumbersDecide() throws IOException {
    Mount ours = mountOf(info, 1000);
    kernel.uniqueMountId = 0;
    assertThat(ours.isStillOurs()).isTrue();
  }

  @Test
  void aMountUnderAnotherOneIsLeftAlone() throws IOException {
    kernel.mounts.add(MountInfo.parse("40 31 0:77 / /mnt/fast rw - tmpfs none rw"));
    assertThat(mount.isStillOurs()).isFalse();
    assertThat(mount.unmount(LONG)).isEqualTo(UnmountResult.COVERED);
    assertThat(kernel.calls).isEmpty();
  }

  @Test
  void whatTheKernelRefusesIsNamedAndMayBeTriedAgain() throws MountException {
    kernel.umount = flags -> -Errno.EPERM.number();
    assertThatThrownBy(() -> mount.unmount(LONG))
        .isInstanceOf(MountException.class)
        .hasMessage(
            "cannot unmount /mnt/fast: EPERM (operation not permitted)"
                + " (it needs CAP_SYS_ADMIN: sudo)");
    kernel.umount = flags -> kernel.remove();
    assertThat(mount.unmount(LONG)).isEqualTo(UnmountResult.UNMOUNTED);
  }

  @Test
  void aMountThatTheKernelWillNotLetGoIsAnErrorAndNoEndlessLoop() {
    kernel.umount = flags -> -Errno.EINVAL.number();
    assertThatThrownBy(() -> mount.unmount(LONG))
        .isInstanceOf(MountException.class)
        .hasMessage("cannot unmount /mnt/fast: EINVAL (invalid argument)");
  }

  @Test
  void withoutATableOfMountsNothingIsUnmounted() {
    kernel.proc = false;
    assertThatThrownBy(() -> mount.unmount(LONG))
        .isInstanceOf(MountException.class)
        .hasMessage("cannot unmount /mnt/fast: no /proc");
    assertThat(kernel.calls).isEmpty();
  }

  private Mount mountOf(MountInfo info, long uniqueId) {
    return new Mount(info, uniqueId, kernel, SHORT);
  }

  private static int hangUntil(CountDownLatch end, int result) {
    try {
      end.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return result;
  }
}
