package dev.fused.server.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the kernel says of one thread's credentials: its file {@code status}, proc_pid_status(5).
 *
 * @param name of the thread, as far as the kernel keeps it: 15 bytes
 * @param uids real, effective, saved and that for files, as in the file
 * @param gids the same of groups
 * @param groups further groups; empty for none
 * @param permitted mask of capabilities
 * @param effective mask of capabilities
 * @param noNewPrivileges whether it can never get more
 */
public record ThreadStatus(
    String name,
    String uids,
    String gids,
    String groups,
    long permitted,
    long effective,
    boolean noNewPrivileges) {
  private static final Path TASKS = Path.of("/proc/self/task");
  private static final Path THIS_THREAD = Path.of("/proc/thread-self/status");

  /** Reads a file. */
  static ThreadStatus parse(String status) {
    return new ThreadStatus(
        field(status, "Name"),
        field(status, "Uid"),
        field(status, "Gid"),
        field(status, "Groups"),
        Long.parseUnsignedLong(field(status, "CapPrm"), 16),
        Long.parseUnsignedLong(field(status, "CapEff"), 16),
        field(status, "NoNewPrivs").equals("1"));
  }

  private static String field(String status, String name) {
    String begin = name + ":";
    return status
        .lines()
        .filter(line -> line.startsWith(begin))
        .map(line -> line.substring(begin.length()).strip().replace('\t', ' '))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no line " + begin + " in " + status));
  }

  /** That of the calling thread. */
  public static ThreadStatus ofThisThread() throws IOException {
    return parse(Files.readString(THIS_THREAD));
  }

  /**
   * All threads of this process, the JVM's too; those that end meanwhile are left out.
   *
   * @throws IOException if /proc cannot be read
   */
  public static List<ThreadStatus> ofThisProcess() throws IOException {
    List<ThreadStatus> all = new ArrayList<>();
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
      for (Path task : tasks) {
        try {
          all.add(parse(Files.readString(task.resolve("status"))));
        } catch (IOException e) {
          if (Files.exists(task)) {
            throw e;
          } // else it has ended
        }
      }
    }
    return all;
  }
}
