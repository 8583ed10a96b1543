package dev.fused.daemon.control;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The names of processes, as ps(1) shows them. */
final class ProcessNames {
  private static final String NAME = "Name:\t";
  private static final String PROCESS = "Tgid:\t";

  private ProcessNames() {}

  /**
   * The process of a caller.
   *
   * @param key the user id in the upper half, the id of one of its threads in the lower
   */
  static StatusReport.Caller caller(long key, long count) {
    long uid = key >>> 32;
    long thread = key & 0xffffffffL;
    if (thread == 0) {
      return new StatusReport.Caller(uid, 0, "(kernel)", count);
    }
    String name = "";
    long process = thread;
    try {
      // As bytes: a program may have any name.
      Path status = Path.of("/proc/" + thread + "/status");
      for (String line :
          new String(Files.readAllBytes(status), StandardCharsets.ISO_8859_1).split("\n", -1)) {
        if (line.startsWith(NAME)) {
          name = line.substring(NAME.length());
        } else if (line.startsWith(PROCESS)) {
          process = Long.parseLong(line.substring(PROCESS.length()).strip());
        }
      }
    } catch (IOException e) {
      // It has ended.
    }
    return new StatusReport.Caller(uid, process, name, count);
  }
}
