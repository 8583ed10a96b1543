package dev.fused.server.mount;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.FuseDevice;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * The kernel, whose mount(2) of one device returns when INIT is answered; so somebody has to begin
 * to read while that call is under way, and not before it has attached the device: the reader would
 * sleep in the kernel, for ever if mount(2) fails before.
 */
final class SynchronousMount implements MountCalls {
  private static final Duration PAUSE = Duration.ofMillis(1);
  private static final Duration BOUND = Duration.ofSeconds(10);
  private static final int TIMED_OUT = -Errno.ETIMEDOUT.number();

  private final FuseDevice device;
  private final Runnable whenAttached;

  /**
   * @param device on which a synchronous INIT was requested
   * @param whenAttached begins to read; called at most once, on the thread that mounts
   */
  SynchronousMount(FuseDevice device, Runnable whenAttached) {
    this.device = device;
    this.whenAttached = whenAttached;
  }

  @Override
  public int mount(String source, String target, String type, int flags, String data) {
    BoundedCall call =
        BoundedCall.start(
            "fused-mount " + target, () -> KERNEL.mount(source, target, type, flags, data));
    long end = System.nanoTime() + BOUND.toNanos();
    OptionalInt refused = call.await(PAUSE);
    while (refused.isEmpty() && !device.isAttached() && System.nanoTime() < end) {
      refused = call.await(PAUSE);
    }
    if (refused.isPresent()) {
      return refused.getAsInt();
    }
    whenAttached.run();
    // A call that lasts longer ends when the device is closed, which aborts the connection.
    return call.await(BOUND).orElse(TIMED_OUT);
  }

  @Override
  public MountTable table() throws IOException {
    return KERNEL.table();
  }

  @Override
  public int umount(String target, int flags) {
    return KERNEL.umount(target, flags);
  }

  @Override
  public int probe(String path) {
    return KERNEL.probe(path);
  }

  @Override
  public long uniqueMountId(String path) {
    return KERNEL.uniqueMountId(path);
  }

  @Override
  public boolean isGone(long uniqueMountId) {
    return KERNEL.isGone(uniqueMountId);
  }

  @Override
  public void abortConnection(int connection) throws IOException {
    KERNEL.abortConnection(connection);
  }
}
