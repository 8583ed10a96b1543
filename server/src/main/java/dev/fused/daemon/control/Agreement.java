package dev.fused.daemon.control;

import dev.fused.filesystem.Connection;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.InitFlag;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What kernel and server agreed on, for the log. */
public final class Agreement {
  private Agreement() {}

  /** One sentence: limits, flags in force, and those that were asked for in vain. */
  public static String describe(Connection connection, FuseFileSystem fileSystem) {
    Set<InitFlag> missing = missing(connection, fileSystem);
    String refused =
        missing.isEmpty()
            ? "all that was asked for is granted"
            : "this kernel, which speaks %s, does not offer %s"
                .formatted(connection.kernel(), names(missing));
    return "agreed on requests of %d bytes, %d of read-ahead, %s; %s"
        .formatted(
            connection.maxWrite(),
            connection.maxReadahead(),
            names(new TreeSet<>(connection.granted())),
            refused);
  }

  /** What the file system asked for, and the kernel does not have. */
  static Set<InitFlag> missing(Connection connection, FuseFileSystem fileSystem) {
    Set<InitFlag> missing = new TreeSet<>(fileSystem.capabilities());
    missing.removeAll(connection.granted());
    missing.remove(InitFlag.ALLOW_IDMAP); // in force only for mounts that ask for it
    return missing;
  }

  private static String names(Collection<InitFlag> flags) {
    return flags.stream().map(InitFlag::name).collect(Collectors.joining(" "));
  }
}
