package dev.fused.server.mount;

import dev.fused.protocol.Errno;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;
import java.util.function.IntUnaryOperator;

/** A table of mounts and the calls on it, which do what the kernel does unless told otherwise. */
class FakeKernel implements MountCalls {
  /** Far above what a real machine hands out, so that no real connection has this number. */
  static final int MINOR = 1_048_575;

  final List<MountInfo> mounts = new CopyOnWriteArrayList<>();

  /** All calls that change something, in order. */
  final List<String> calls = new CopyOnWriteArrayList<>();

  /** What mount(2) returns; when 0, a mount of device 0:{@link #MINOR} appears. */
  int mountResult = 0;

  /** What umount2(2) does with its flags. */
  IntUnaryOperator umount = flags -> remove();

  IntSupplier probe = () -> 0;
  long uniqueMountId = 0;
  boolean gone;
  Runnable abort = () -> {};
  boolean fusectl = true;
  boolean proc = true;

  FakeKernel() {
    mounts.add(MountInfo.parse("20 1 8:1 / / rw - ext4 /dev/sda1 rw"));
  }

  /** Adds a mount, on the root or on what is mounted at the path already, and returns it. */
  MountInfo add(int mountId, int minor, Path path, String type) {
    int parent = new MountTable(mounts).topmostAt(path).map(MountInfo::mountId).orElse(20);
    String escaped = path.toString().replace(" ", "\\040");
    MountInfo mount =
        MountInfo.parse(
            "%d %d 0:%d / %s rw - %s fused rw".formatted(mountId, parent, minor, escaped, type));
    mounts.add(mount);
    return mount;
  }

  /** Takes away the mount that was added last, as an unmount does. */
  int remove() {
    if (mounts.size() == 1) {
      return -Errno.EINVAL.number();
    }
    mounts.removeLast();
    return 0;
  }

  @Override
  public MountTable table() throws IOException {
    if (!proc) {
      throw new IOException("no /proc");
    }
    return new MountTable(mounts);
  }

  @Override
  public int mount(String source, String target, String type, int flags, String data) {
    calls.add("mount %s %s %s 0x%x %s".formatted(source, target, type, flags, data));
    if (mountResult == 0) {
      add(31, MINOR, Path.of(target), type);
    }
    return mountResult;
  }

  @Override
  public int umount(String target, int flags) {
    calls.add("umount " + target + " " + flags);
    return umount.applyAsInt(flags);
  }

  @Override
  public int probe(String path) {
    return probe.getAsInt();
  }

  @Override
  public long uniqueMountId(String path) {
    return uniqueMountId;
  }

  @Override
  public boolean isGone(long uniqueMountId) {
    return gone;
  }

  @Override
  public void abortConnection(int connection) throws IOException {
    calls.add("abort " + connection);
    if (!fusectl) {
      throw new IOException("fusectl is not mounted");
    }
    abort.run();
  }

  Optional<MountInfo> topmostAt(Path path) {
    return new MountTable(mounts).topmostAt(path);
  }
}
