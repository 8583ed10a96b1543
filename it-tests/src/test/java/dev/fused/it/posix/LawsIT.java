package dev.fused.it.posix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.TwinDirectories;
import dev.fused.it.support.TwinMounts;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The laws of the Python scripts {@code *_laws.py}: each holds on tmpfs, and each holds on the
 * mount. A test here is a function there.
 */
@NeedsMount
@NeedsPrograms("python3")
final class LawsIT {
  @RegisterExtension static final TwinMounts MOUNTS = TwinMounts.with("size=1g,nr_inodes=200k");

  /** What a law must come to, and what came of it. */
  private record Outcome(String expected, String actual) {}

  @TestFactory
  Stream<DynamicTest> systemCallsFailAsTheyShould() {
    return laws("errno_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> filesKeepWhatIsWrittenIntoThem() {
    return laws("file_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> directoriesKeepNames() {
    return laws("directory_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> attributesSayWhatHappenedAndWhatIsAllowed() {
    return laws("attribute_laws.py");
  }

  @TestFactory
  Stream<DynamicTest> locksExclude() {
    return laws("lock_laws.py");
  }

  private static Stream<DynamicTest> laws(String script) {
    TwinDirectories directories = MOUNTS.directories();
    Map<String, Outcome> onTmpfs = outcomes(script, directories.tmpfs());
    Map<String, Outcome> onMount = outcomes(script, directories.mounted());
    assertThat(onTmpfs).isNotEmpty();
    assertThat(onMount.keySet()).isEqualTo(onTmpfs.keySet());
    return onMount.entrySet().stream()
        .map(
            law ->
                DynamicTest.dynamicTest(
                    law.getKey(), () -> check(onTmpfs.get(law.getKey()), law.getValue())));
  }

  private static void check(Outcome onTmpfs, Outcome onMount) {
    assertThat(onTmpfs.actual()).as("on tmpfs").isEqualTo(onTmpfs.expected());
    assertThat(onMount.actual()).as("on the mount").isEqualTo(onMount.expected());
  }

  private static Map<String, Outcome> outcomes(String script, Path directory) {
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    Command.python(script, directory)
        .output()
        .lines()
        .map(line -> line.split("\t", -1))
        .forEach(fields -> outcomes.put(fields[0], new Outcome(fields[1], fields[2])));
    return outcomes;
  }
}
