package dev.fused.server.mount;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Libc;
import dev.fused.server.linux.Platform;
import dev.fused.server.linux.Privileges;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mounts and unmounts through mount(2) and umount2(2), as a process with CAP_SYS_ADMIN may.
 *
 * <p>Whatever goes wrong becomes a {@link MountException} with a sentence for the user. Any thread.
 */
public final class MountHelper {
  private static final Logger log = LoggerFactory.getLogger(MountHelper.class);

  /** How long the server of a mount that is in the way is given to show that it lives. */
  private static final Duration PROBE_BOUND = Duration.ofSeconds(2);

  private MountHelper() {}

  /**
   * The place of a mount that is to be made: absolute, without symbolic links. A FUSE mount whose
   * server is gone is removed from there.
   *
   * @param mountPoint an existing directory on which no other FUSE file system is mounted
   * @throws MountException if that is not so
   */
  public static Path placeFor(Path mountPoint) throws MountException {
    return placeFor(mountPoint, MountCalls.ofThisProcess());
  }

  /**
   * Mounts: attaches {@code device} to a new connection and makes its file system appear at {@code
   * mountPoint}, type {@code fuse.SUBTYPE}. Where the kernel can, it makes the mount visible once
   * INIT is answered; else whoever uses the mount waits for that.
   *
   * @param device open and not attached yet; stays the caller's
   * @param mountPoint as for {@link #placeFor}
   * @param whenAttached begins to read the device; called once, on this thread, before this method
   *     returns, unless it throws
   * @throws MountException if the mount point will not do, or the kernel refuses, or INIT was
   *     answered with an error
   */
  public static Mount mount(
      FuseDevice device, Path mountPoint, MountOptions options, Runnable whenAttached)
      throws MountException {
    int fd = device.fd();
    if (device.requestSynchronousInit()) {
      return mount(fd, mountPoint, options, new SynchronousMount(device, whenAttached));
    }
    Mount mount = mount(fd, mountPoint, options, MountCalls.KERNEL);
    whenAttached.run();
    return mount;
  }

  /** True if this process may not call mount(2), so that {@link #mountForUser} is its way. */
  public static boolean needsHelp() {
    return !Privileges.mayMount();
  }

  /**
   * Mounts through {@code fusermount3}, which attaches the device that it opens.
   *
   * @param mountPoint as for {@link #placeFor}
   * @return the device; whoever uses the mount waits until INIT is answered there
   * @throws MountException if the mount point will not do, or fusermount3 refuses or is missing
   */
  public static FuseDevice mountForUser(Path mountPoint, MountOptions options)
      throws MountException {
    return Fusermount.mount(placeFor(mountPoint), options);
  }

  /**
   * The mount that somebody else has attached {@code device} to, if it is seen from here: on Linux
   * 6.18, which tells to which connection a device belongs, in the mount namespace of this process.
   *
   * @throws MountException if /proc is not mounted
   */
  public static Optional<Mount> mountOf(FuseDevice device) throws MountException {
    OptionalInt connection = device.connection();
    if (connection.isEmpty()) {
      return Optional.empty();
    }
    MountCalls calls = MountCalls.ofThisProcess();
    return readTable(calls)
        .ofConnection(connection.getAsInt())
        .map(mount -> new Mount(mount, calls.uniqueMountId(mount.mountPoint()), calls));
  }

  /**
   * The FUSE mount at {@code path}, whoever made it, also if its server is dead.
   *
   * @throws MountException if no FUSE file system is mounted there
   */
  public static Mount mountAt(Path path) throws MountException {
    Platform.requireSupported();
    return mountAt(path, MountCalls.ofThisProcess());
  }

  /**
   * Unmounts the FUSE file system at {@code path}, whoever serves it, also if its server is dead.
   *
   * @param bound as for {@link Mount#unmount}
   * @throws MountException if no FUSE file system is mounted there, or the kernel refuses
   */
  public static UnmountResult unmount(Path path, Duration bound) throws MountException {
    return mountAt(path).unmount(bound);
  }

  static Mount mount(int fd, Path mountPoint, MountOptions options, MountCalls calls)
      throws MountException {
    Path place = placeFor(mountPoint, calls);
    String path = place.toString();
    String data = options.data(fd, Libc.getuid(), Libc.getgid());
    int result = calls.mount(options.fsname(), path, options.type(), options.flags(), data);
    if (result < 0) {
      throw refused(result, path, options, data);
    }
    MountInfo made =
        readTable(calls)
            .topmostAt(place)
            .filter(mount -> mount.type().equals(options.type()))
            .orElseThrow(() -> new MountException(path + " was mounted, and unmounted at once"));
    return new Mount(made, calls.uniqueMountId(path), calls);
  }

  private static Path placeFor(Path mountPoint, MountCalls calls) throws MountException {
    MountPoint target = MountPoint.toMountOn(mountPoint, readTable(calls));
    if (target.fuseMount().isEmpty()) {
      return target.path();
    }
    removeDead(target.fuseMount().get(), calls);
    return placeFor(mountPoint, calls);
  }

  static Mount mountAt(Path path, MountCalls calls) throws MountException {
    MountPoint target = MountPoint.toUnmount(path, readTable(calls));
    if (target.mounted().isEmpty()) {
      throw new MountException(path + " is not mounted");
    }
    MountInfo mounted = target.mounted().get();
    if (!mounted.isFuse()) {
      throw new MountException(
          "%s is a mount of type %s, not of FUSE; unmount it with umount"
              .formatted(path, mounted.type()));
    }
    return new Mount(mounted, calls.uniqueMountId(mounted.mountPoint()), calls);
  }

  private static MountTable readTable(MountCalls calls) throws MountException {
    try {
      return calls.table();
    } catch (IOException e) {
      throw new MountException("cannot read /proc/self/mountinfo (is /proc mounted?): " + e, e);
    }
  }

  /** Takes away what a server has left that is gone; any other mount is somebody's. */
  private static void removeDead(MountInfo mount, MountCalls calls) throws MountException {
    String path = mount.mountPoint();
    String what = path + " is already a mount of type " + mount.type();
    String remedy = ". Unmount it first: fused unmount " + path;
    OptionalLong server = ServerProcess.ofConnection(mount.connection());
    if (server.isPresent()) {
      throw new MountException(what + " (server: pid " + server.getAsLong() + ")" + remedy);
    }
    // Only now ask the server itself: one that we cannot see may be dead, or never answer.
    OptionalInt answer =
        BoundedCall.start("fused-probe " + path, () -> calls.probe(path)).await(PROBE_BOUND);
    if (answer.isEmpty()) {
      throw new MountException(what + " whose server does not answer" + remedy);
    }
    Errno error = Errno.ofNumber(answer.getAsInt());
    if (error != Errno.ENOTCONN && error != Errno.ECONNREFUSED) {
      throw new MountException(what + remedy);
    }
    UnmountResult result =
        new Mount(mount, calls.uniqueMountId(path), calls).unmount(Duration.ZERO);
    if (result == UnmountResult.COVERED || result == UnmountResult.STUCK) {
      throw new MountException(what + " whose server is gone, " + result.describe());
    }
    log.info(
        "{}: removed a mount of type {} whose server is gone; it is {}",
        path,
        mount.type(),
        result.describe());
  }

  private static MountException refused(int error, String path, MountOptions options, String data) {
    String failed = "cannot mount " + path + ": " + Errno.describe(error);
    return new MountException(
        switch (Errno.ofNumber(error)) {
          case EPERM, EACCES ->
              failed
                  + ". Mounting needs CAP_SYS_ADMIN (this is uid "
                  + Integer.toUnsignedString(Libc.geteuid())
                  + "): use sudo, or run the container with --cap-add SYS_ADMIN --device /dev/fuse"
                  + " (with AppArmor also --security-opt apparmor=unconfined)";
          case ENODEV -> failed + ". This kernel has no FUSE loaded: modprobe fuse";
          case EINVAL ->
              "%s. The kernel did not accept type %s, flags 0x%x, data \"%s\""
                  .formatted(failed, options.type(), options.flags(), data);
          case null, default -> failed;
        });
  }
}
