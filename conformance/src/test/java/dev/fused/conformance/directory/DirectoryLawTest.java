package dev.fused.conformance.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The laws as Java reads them from the scripts. */
final class DirectoryLawTest {
  private final List<DirectoryLaw> laws = DirectoryLaw.all();

  @Test
  void eachDecoratorIsALaw() {
    for (String topic : LawScripts.TOPICS) {
      String script = LawScripts.read(LawScripts.scriptOf(topic));
      long decorators = script.lines().filter(line -> line.startsWith("@law(")).count();

      assertThat(laws.stream().filter(law -> law.topic().equals(topic)))
          .as(topic)
          .hasSize((int) decorators);
    }
  }

  @Test
  void everyLawHasItsOwnName() {
    assertThat(laws).extracting(DirectoryLaw::name).doesNotHaveDuplicates();
  }

  @Test
  void whatALawNeedsIsAProbe() {
    String probes = LawScripts.read("needs.py");
    Set<String> needs =
        laws.stream().flatMap(law -> law.needs().stream()).collect(Collectors.toSet());

    assertThat(needs)
        .isNotEmpty()
        .allSatisfy(need -> assertThat(probes).contains("def " + need.replace(' ', '_') + "():"));
  }

  @Test
  void aLawKnowsItsSentenceAndItsNeeds() {
    DirectoryLaw law =
        laws.stream()
            .filter(each -> each.name().equals("giving_a_file_away"))
            .findFirst()
            .orElseThrow();

    assertThat(law)
        .isEqualTo(
            new DirectoryLaw("errno", "giving_a_file_away", List.of("other users", "owners")));
    assertThat(law.sentence()).isEqualTo("giving a file away");
  }
}
