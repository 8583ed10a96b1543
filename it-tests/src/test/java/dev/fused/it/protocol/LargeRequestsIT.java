package dev.fused.it.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.protocol.Opcode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests beyond 1 MiB, which the kernel allows if root says so. */
@NeedsMount
@NeedsPrograms({"cmp", "dd"})
final class LargeRequestsIT {
  /** In pages, for each request; read when a mount is made. Since Linux 6.13. */
  private static final Path LIMIT = Path.of("/proc/sys/fs/fuse/max_pages_limit");

  private static final int MEBIBYTE = 1 << 20;

  @TempDir Path scratch;
  private String usual = "";

  @BeforeEach
  void allowTwoThousandPages() throws IOException {
    assumeThat(LIMIT).as("the limit of pages of a request (Linux 6.13)").exists();
    usual = Files.readAllLines(LIMIT).getFirst();
    Files.writeString(LIMIT, "2048");
  }

  @AfterEach
  void restore() throws IOException {
    Files.writeString(LIMIT, usual);
  }

  @Test
  void requestsAreAsLargeAsIsAllowedAndAskedFor() throws IOException {
    Path capture = scratch.resolve("capture");
    try (DaemonMount mount =
        DaemonMount.start("-o", "size=64m,max_write=4m", "--capture", capture)) {
      copyDirectly(mount);
    }

    assertThat(sizes(capture, Opcode.WRITE)).containsExactly(4 * MEBIBYTE, 4 * MEBIBYTE);
    assertThat(sizes(capture, Opcode.READ)).containsExactly(4 * MEBIBYTE, 4 * MEBIBYTE);
  }

  @Test
  void theyAreOneMebibyteIfNobodyAsksForMore() throws IOException {
    Path capture = scratch.resolve("capture");
    try (DaemonMount mount = DaemonMount.start("-o", "size=64m", "--capture", capture)) {
      copyDirectly(mount);
    }

    assertThat(sizes(capture, Opcode.WRITE)).hasSize(8).containsOnly(MEBIBYTE);
    assertThat(sizes(capture, Opcode.READ)).hasSize(8).containsOnly(MEBIBYTE);
  }

  /** 8 MiB onto the mount and back, in pieces of 4 MiB. */
  private void copyDirectly(DaemonMount mount) {
    Command.shell(
            """
            head -c 8M /dev/urandom >expected
            dd if=expected of=%1$s bs=4M oflag=direct
            dd if=%1$s of=copy bs=4M count=2 iflag=direct
            cmp expected copy
            """
                .formatted(mount.path().resolve("file")))
        .in(scratch)
        .output();
  }

  private static List<Integer> sizes(Path capture, Opcode opcode) throws IOException {
    return CapturedRequest.in(capture).stream()
        .filter(request -> request.opcode() == opcode)
        .map(CapturedRequest::size)
        .toList();
  }
}
