package dev.fused.daemon;

import dev.fused.server.mount.MountInfo;
import dev.fused.server.mount.MountTable;
import dev.fused.server.mount.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code fused list}: the mounts of this machine that {@code fused} made. Asks none of them. */
@Command(
    name = "list",
    description = {"Lists the mounts that fused serves.", ""},
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ListCommand implements Callable<Integer> {
  private static final DateTimeFormatter SINCE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

  @Override
  public Integer call() throws IOException {
    List<MountInfo> mounts = MountTable.read().fusedMounts();
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

  private static String since(long pid) {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().startInstant())
        .map((Instant start) -> SINCE.format(start))
        .orElse("-");
  }
}
