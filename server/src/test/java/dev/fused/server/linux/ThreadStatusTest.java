package dev.fused.server.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ThreadStatusTest {
  private static final String STATUS =
      """
      Name:\tfused privilege
      Uid:\t1000\t1000\t1000\t1000
      Gid:\t1001\t1001\t1001\t1001
      Groups:\t4 24\s
      CapInh:\t0000000000000000
      CapPrm:\t0000000000200002
      CapEff:\t000001ffffffffff
      NoNewPrivs:\t1
      """;

  @Test
  void aFileIsReadAsTheKernelWritesIt() {
    assertThat(ThreadStatus.parse(STATUS))
        .isEqualTo(
            new ThreadStatus(
                "fused privilege",
                "1000 1000 1000 1000",
                "1001 1001 1001 1001",
                "4 24",
                0x200002,
                0x1ffffffffffL,
                true));
  }

  @Test
  void aLineThatIsMissingIsNamed() {
    assertThatThrownBy(() -> ThreadStatus.parse("Name:\tx\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("no line Uid:");
  }

  @Test
  void eachThreadOfThisProcessHasOne() throws Exception {
    Thread waiting =
        Thread.ofPlatform()
            .name("fused waiting")
            .start(
                () -> {
                  try {
                    Thread.sleep(60_000);
                  } catch (InterruptedException e) {
                    // the test is over
                  }
                });
    try {
      assertThat(ThreadStatus.ofThisProcess())
          .contains(ThreadStatus.ofThisThread())
          .anyMatch(thread -> thread.name().equals("fused waiting"));
    } finally {
      waiting.interrupt();
    }
  }

  @Test
  void theCapabilityToMountIsThatOfPrivileges() throws IOException {
    boolean admin =
        (ThreadStatus.ofThisThread().effective() & Credentials.bit(Credentials.CAP_SYS_ADMIN)) != 0;
    assertThat(Privileges.mayMount()).isEqualTo(admin);
  }
}
