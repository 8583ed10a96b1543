package dev.fused.server.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What the kernel lets this process do. */
public final class Privileges {
  private static final Path STATUS = Path.of("/proc/thread-self/status");
  private static final Path USERS = Path.of("/proc/self/uid_map");
  private static final String EFFECTIVE = "CapEff:";
  private static final int CAP_SYS_ADMIN = 21;

  private Privileges() {}

  /** True if mount(2) may succeed: this thread has CAP_SYS_ADMIN, of whatever user namespace. */
  public static boolean mayMount() {
    try {
      return effective(Files.readString(STATUS));
    } catch (IOException e) {
      return true; // without /proc mount(2) itself will say
    }
  }

  /**
   * What is missing to register backing files, for people: it takes CAP_SYS_ADMIN in the first user
   * namespace, not only in one of its own, as root of a rootless container has it.
   */
  public static Optional<String> missingForBackingFiles() {
    try {
      if (!effective(Files.readString(STATUS))) {
        return Optional.of("the server has no CAP_SYS_ADMIN");
      }
      return isWhole(Files.readString(USERS))
          ? Optional.empty()
          : Optional.of("the server has CAP_SYS_ADMIN only in a user namespace");
    } catch (IOException e) {
      return Optional.of("the server cannot read its own capabilities: " + e.getMessage());
    }
  }

  static boolean effective(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith(EFFECTIVE))
        .map(line -> Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16))
        .anyMatch(mask -> (mask & 1L << CAP_SYS_ADMIN) != 0);
  }

  /** True if all ids are those of the first namespace. */
  static boolean isWhole(String uidMap) {
    return uidMap.strip().replaceAll("\\s+", " ").equals("0 0 4294967295");
  }
}
