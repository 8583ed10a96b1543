package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Daemon;
import dev.fused.it.support.NeedsMount;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a server asks of the kernel for the time when memory is short. */
@NeedsMount
final class MemoryPressureIT {
  private static final int CAP_SYS_RESOURCE = 24;

  /** PF_MEMALLOC_NOIO and PF_LOCAL_THROTTLE of the kernel, among the flags in proc_pid_stat(5). */
  private static final long FLUSHER = 0x180000;

  @Test
  void threadsThatServeDoNotWaitForDirtyPagesWhereThatMayBeAskedFor() {
    try (Daemon daemon = Daemon.mount("-d")) {
      if (mayAsk()) {
        assertThat(flagsOfLoops(daemon))
            .isNotEmpty()
            .allMatch(flags -> (flags & FLUSHER) == FLUSHER, "is an IO flusher");
      } else {
        assertThat(daemon.logged())
            .contains("threads may wait for dirty pages when memory is short")
            .contains("PR_SET_IO_FLUSHER: EPERM");
      }
    }
  }

  private static boolean mayAsk() {
    String mask = Command.shell("sed -n 's/^CapEff:\\s*//p' /proc/self/status").output().strip();
    return (Long.parseUnsignedLong(mask, 16) & 1L << CAP_SYS_RESOURCE) != 0;
  }

  /** The ninth field; the second, in parentheses, is the name of the thread. */
  private static List<Long> flagsOfLoops(Daemon daemon) {
    return Command.shell("cat /proc/" + daemon.server().pid() + "/task/*/stat")
        .output()
        .lines()
        .filter(line -> line.contains("(fused /"))
        .map(line -> line.substring(line.lastIndexOf(')') + 2).split(" ", -1)[6])
        .map(Long::parseLong)
        .toList();
  }
}
