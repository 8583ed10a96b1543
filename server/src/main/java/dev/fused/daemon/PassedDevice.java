package dev.fused.daemon;

import dev.fused.server.linux.FuseDevice;
import dev.fused.server.mount.Mount;
import dev.fused.server.mount.MountHelper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Descriptors of /dev/fuse that whoever started this process has mounted with, and left open for
 * it. There are two ways to name them: the mount point {@code /dev/fd/N}, as libfuse and mount(8)
 * have it; and those of sd_listen_fds(3), where the first is the mount's, and all others are clones
 * of it.
 */
final class PassedDevice {
  private static final Path DESCRIPTORS = Path.of("/dev/fd");
  private static final int FIRST_LISTENED = 3;
  private static final int MOST_LISTENED = 1024; // as many as there may be loops
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  private PassedDevice() {}

  /**
   * The device that this process is to serve.
   *
   * @param mountPoint that was asked for, if any
   * @param pid of this process
   * @return empty if it has to mount itself
   * @throws IOException if a descriptor is not one of an open /dev/fuse, or not of the same mount
   * @throws IllegalArgumentException if what names the descriptors is wrong
   */
  static Optional<FuseDevice> of(
      Optional<Path> mountPoint, Map<String, String> environment, long pid) throws IOException {
    boolean listens = isFor(environment, pid);
    if (mountPoint.isEmpty()) {
      return listens ? Optional.of(listenedTo(environment)) : Optional.empty();
    }
    if (listens) {
      throw new IllegalArgumentException(
          "both a mount point and descriptors (LISTEN_FDS) are given, and it takes only one");
    }
    return at(mountPoint.get());
  }

  /** The environment may have come with descriptors for a process that was there before. */
  private static boolean isFor(Map<String, String> environment, long pid) {
    return environment.containsKey("LISTEN_FDS")
        && Long.toString(pid).equals(environment.get("LISTEN_PID"));
  }

  private static Optional<FuseDevice> at(Path mountPoint) throws IOException {
    if (!DESCRIPTORS.equals(mountPoint.getParent())) {
      return Optional.empty();
    }
    String number = mountPoint.getFileName().toString();
    if (!NUMBER.matcher(number).matches()) {
      throw new IllegalArgumentException(
          mountPoint + " names no descriptor: /dev/fd/N takes a number");
    }
    return Optional.of(FuseDevice.adopt(Integer.parseInt(number)));
  }

  private static FuseDevice listenedTo(Map<String, String> environment) throws IOException {
    String number = environment.getOrDefault("LISTEN_FDS", "");
    int count = NUMBER.matcher(number).matches() ? Integer.parseInt(number) : 0;
    if (count < 1 || count > MOST_LISTENED) {
      throw new IllegalArgumentException(
          "LISTEN_FDS must be a number of descriptors, 1 to %d, but is \"%s\""
              .formatted(MOST_LISTENED, number));
    }
    try {
      int[] clones = IntStream.range(1, count).map(i -> FIRST_LISTENED + i).toArray();
      return FuseDevice.adopt(FIRST_LISTENED, clones);
    } catch (IOException e) {
      String names = environment.get("LISTEN_FDNAMES");
      throw new IOException(
          "LISTEN_FDS=%s%s: %s"
              .formatted(number, names == null ? "" : " (" + names + ")", e.getMessage()),
          e);
    }
  }

  /** Where the device is mounted, if that is seen from here; else {@code /dev/fd/N}. */
  static Path placeOf(FuseDevice device) throws IOException {
    return MountHelper.mountOf(device)
        .map(Mount::path)
        .orElseGet(() -> DESCRIPTORS.resolve(Integer.toString(device.fd())));
  }
}
