package dev.fused.daemon;

import com.google.gson.GsonBuilder;
import dev.fused.server.mount.MountInfo;
import dev.fused.server.mount.MountTable;
import dev.fused.server.mount.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fused list}: the mounts of this machine that {@code fused} made. Asks none of them. */
@Command(
    name = "list",
    description = {"Lists the mounts that fused serves.", ""},
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ListCommand implements Callable<Integer> {
  private static final DateTimeFormatter SINCE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

  @Option(names = "--json", description = "Prints an array of objects, as JSON.")
  private boolean json;

  /**
   * A mount, as JSON.
   *
   * @param pid of its server; null if none is seen
   * @param since ISO 8601, when the server began
   */
  private record Listed(
      String mountPoint, int connection, @Nullable Long pid, @Nullable String since) {}

  @Override
  public Integer call() throws IOException {
    List<MountInfo> mounts = MountTable.read().fusedMounts();
    if (json) {
      System.out.println(toJson(mounts));
      return 0;
    }
    if (mounts.isEmpty()) {
      System.out.println("no mounts");
      return 0;
    }
    System.out.printf("%-9s  %-19s  %s%n", "PID", "SINCE", "MOUNTPOINT");
    for (MountInfo mount : mounts) {
      OptionalLong pid = ServerProcess.ofConnection(mount.minor());
      System.out.printf(
          "%-9s  %-19s  %s%n",
          pid.isPresent() ? pid.getAsLong() : "-",
          pid.isPresent() ? since(pid.getAsLong()) : "no server found",
          Path.of(mount.mountPoint()));
    }
    return 0;
  }

  private static String toJson(List<MountInfo> mounts) {
    List<Listed> listed = new ArrayList<>();
    for (MountInfo mount : mounts) {
      OptionalLong pid = ServerProcess.ofConnection(mount.connection());
      listed.add(
          new Listed(
              mount.mountPoint(),
              mount.connection(),
              pid.isPresent() ? pid.getAsLong() : null,
              pid.isPresent()
                  ? started(pid.getAsLong()).map(Instant::toString).orElse(null)
                  : null));
    }
    return new GsonBuilder().setPrettyPrinting().serializeNulls().create().toJson(listed);
  }

  private static Optional<Instant> started(long pid) {
    return ProcessHandle.of(pid).flatMap(process -> process.info().startInstant());
  }

  private static String since(long pid) {
    return started(pid).map(start -> SINCE.format(start)).orElse("-");
  }
}
