package dev.fused.it.posix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.conformance.Result.Outcome;
import dev.fused.conformance.directory.RunnerLine;
import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Laws;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinDirectories;
import dev.fused.it.support.TwinMounts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Random sequences of system calls have the same outcome as on tmpfs. */
@NeedsMount
@NeedsPrograms("python3")
final class DifferentialIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=256m,nr_inodes=100k");

  private static final int SECONDS = 60;

  /** The same in each build, so that a build fails by what was changed; by hand it is random. */
  private static final long SEED = Long.getLong("fused.differential.seed", 1);

  /** Making a sequence short takes as long as it takes. */
  private static final Duration TIME_LIMIT = Duration.ofMinutes(10);

  @Test
  void randomSequencesOfSystemCallsComeToTheSame() {
    requireNoDifference(MOUNTS.directories(), SECONDS);
  }

  /**
   * Does random sequences in both directories.
   *
   * @param options further ones of the tester
   */
  static void requireNoDifference(TwinDirectories directories, int seconds, Object... options) {
    List<Object> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(
        List.of("--seconds", seconds, "--seed", SEED, directories.tmpfs(), directories.mounted()));

    Result result = Command.python("differential", arguments.toArray()).within(TIME_LIMIT).run();

    System.out.print(result.out());
    result.requireSuccess();
  }

  /** Of the tester itself: where nothing differs it finds nothing, and it finds what does. */
  @Test
  void whatDiffersIsFoundAndShownInAFewCalls() {
    Map<String, RunnerLine.Ended> outcomes =
        Laws.outcomesOfScript("differential/selftest.py", MOUNTS.directories().tmpfs(), TIME_LIMIT);

    assertThat(outcomes).isNotEmpty();
    assertThat(outcomes.values())
        .allSatisfy(law -> assertThat(law.outcome()).as(law.toString()).isEqualTo(Outcome.PASSED));
  }
}
