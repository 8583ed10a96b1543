package dev.fused.daemon;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.Libc;
import dev.fused.server.linux.Platform;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what the server and its JVM read and write off the mount that it serves: a thread that
 * touches it waits for the loops, and a loop that does waits for itself.
 */
final class OwnPaths {
  private static final Logger log = LoggerFactory.getLogger(OwnPaths.class);
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
  private static final List<String> FLAG_VARIABLES =
      List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS");

  /** Where the JVM may put what is temporary, if its own place is covered. */
  private static final List<String> OTHER_TEMPORARY = List.of("/var/tmp", "/run", "/dev/shm");

  private final Path mountPoint;
  private final Path realMountPoint;

  /**
   * @param mountPoint absolute and normalized
   */
  OwnPaths(Path mountPoint) {
    this.mountPoint = mountPoint;
    Path parent = mountPoint.getParent();
    // Of the mount point itself nothing is asked: the server of an earlier mount may hang.
    this.realMountPoint =
        parent == null ? mountPoint : real(parent).resolve(mountPoint.getFileName());
  }

  /**
   * Refuses a file that somebody has named.
   *
   * @param what it is, as "log file"
   * @param remedy what to do, for people
   * @throws IllegalArgumentException with a sentence if it lies under the mount point
   */
  void refuse(Path file, String what, String remedy) {
    if (covers(file)) {
      throw new IllegalArgumentException(
          "the %s %s must not lie under the mount point; %s".formatted(what, file, remedy));
    }
  }

  /**
   * Refuses a program whose own files would be covered, and flags of the JVM that name files there.
   *
   * @throws IllegalArgumentException with a sentence
   */
  void refuseForJvm() {
    refuse(Path.of(System.getProperty("java.home")), "Java runtime", "choose another mount point");
    String classPath = System.getProperty("java.class.path", "");
    for (String entry : classPath.split(File.pathSeparator, -1)) {
      refuse(Path.of(entry), "program's file", "choose another mount point");
    }
    flags().stream()
        .filter(this::namesCovered)
        .findFirst()
        .ifPresent(
            flag -> {
              throw new IllegalArgumentException(
                  "the flag %s of the JVM names a file under the mount point %s, which the server cannot write while it serves; name another"
                      .formatted(flag, mountPoint));
            });
  }

  /** Moves what the JVM has chosen itself: its working directory, and its temporary files. */
  void moveJvm() {
    // A heap dump and the report of a crash go to the working directory. Paths that were given
    // relative to it still mean the same: Java keeps what it was at the start.
    if (covers(Path.of(System.getProperty("user.dir")))) {
      int changed = Libc.chdir("/");
      if (changed < 0) {
        log.debug("chdir: {}", Errno.describe(changed));
      }
    }
    if (covers(Path.of(System.getProperty("java.io.tmpdir")))) {
      OTHER_TEMPORARY.stream()
          .filter(other -> !covers(Path.of(other)) && Files.isWritable(Path.of(other)))
          .findFirst()
          .ifPresent(other -> System.setProperty("java.io.tmpdir", other));
    }
  }

  private boolean covers(Path file) {
    Path path = file.toAbsolutePath().normalize();
    return path.startsWith(mountPoint) || real(path).startsWith(realMountPoint);
  }

  /** Without symbolic links, as far as the path exists. */
  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      Path parent = path.getParent();
      return parent == null ? path : real(parent).resolve(path.getFileName());
    }
  }

  /** A flag has its path behind an equals sign, perhaps among other words. */
  private boolean namesCovered(String flag) {
    return Arrays.stream(flag.split("[=,:]"))
        .filter(word -> word.startsWith("/"))
        .anyMatch(word -> covers(Path.of(word)));
  }

  private static List<String> flags() {
    List<String> flags = new ArrayList<>();
    try {
      flags.addAll(ofCommandLine(Files.readString(COMMAND_LINE, Platform.FILE_NAMES)));
    } catch (IOException e) {
      log.debug("the flags of the JVM are not known", e);
    }
    for (String variable : FLAG_VARIABLES) {
      Optional.ofNullable(System.getenv(variable))
          .ifPresent(value -> flags.addAll(List.of(value.strip().split("\\s+"))));
    }
    return flags;
  }

  /** What stands before the main class, but for the class path, which is looked at by itself. */
  static List<String> ofCommandLine(String zeroSeparated) {
    List<String> words = Arrays.asList(zeroSeparated.split("\0"));
    int end = words.indexOf(Fused.class.getName());
    return words.subList(0, Math.max(0, end)).stream()
        .filter(word -> word.startsWith("-X") || word.startsWith("-D"))
        .toList();
  }
}
