package dev.fused.it.posix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinDirectories;
import dev.fused.it.support.TwinMounts;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Random sequences of system calls have the same outcome as on tmpfs. */
@NeedsMount
@NeedsPrograms("python3")
final class DifferentialIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=256m,nr_inodes=100k");

  private static final int SECONDS = 60;

  /** Making a sequence short takes as long as it takes. */
  private static final Duration TIME_LIMIT = Duration.ofMinutes(10);

  /** Prints the seed, which is random. */
  @Test
  void randomSequencesOfSystemCallsComeToTheSame() {
    TwinDirectories directories = MOUNTS.directories();

    Result result =
        Command.python(
                "differential", "--seconds", SECONDS, directories.tmpfs(), directories.mounted())
            .within(TIME_LIMIT)
            .run();

    System.out.print(result.out());
    result.requireSuccess();
  }

  /** Of the tester itself: where nothing differs it finds nothing, and it finds what does. */
  @Test
  void whatDiffersIsFoundAndShownInAFewCalls() {
    String shown =
        Command.python("differential/selftest.py", MOUNTS.directories().tmpfs())
            .within(TIME_LIMIT)
            .output();

    assertThat(shown.lines()).isNotEmpty().allSatisfy(DifferentialIT::requireExpected);
  }

  private static void requireExpected(String law) {
    String[] fields = law.split("\t", -1);
    assertThat(fields[2]).as(fields[0]).isEqualTo(fields[1]);
  }
}
