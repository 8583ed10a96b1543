package dev.fused.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.Opcode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The list of laws for readers is the list of laws that run. */
final class LawsDocumentTest {
  private static final Path DOCUMENT = Path.of("../docs/conformance-laws.md");

  @Test
  void theDocumentListsEveryLaw() throws IOException {
    assertThat(Files.readString(DOCUMENT)).isEqualTo(document());
  }

  @Test
  void everyLawHasItsOwnName() {
    assertThat(LawMethod.all()).extracting(LawMethod::name).doesNotHaveDuplicates();
  }

  @Test
  void everyOpcodeThatComesOverTheDeviceHasALaw() {
    KernelPreset newest = KernelPreset.all().getLast();
    List<Opcode> sent = List.of(Opcode.values()).stream().filter(newest::sends).toList();

    assertThat(LawMethod.all().stream().map(LawMethod::opcode).distinct().toList())
        .containsExactlyInAnyOrderElementsOf(sent);
  }

  static String document() {
    StringBuilder text = new StringBuilder();
    text.append("# The laws of the conformance suite\n\n");
    text.append(
        "What `fused conformance` checks with each kernel, by opcode. A law that needs a\n");
    text.append("flag applies when kernel and server agreed on it.\n");
    Opcode last = null;
    for (LawMethod law : LawMethod.all()) {
      if (law.opcode() != last) {
        last = law.opcode();
        text.append("\n## ").append(last).append("\n\n");
      }
      text.append("- ").append(law.sentence());
      if (!law.needs().isEmpty()) {
        text.append(
            law.needs().stream()
                .map(flag -> "`" + flag + "`")
                .sorted()
                .collect(Collectors.joining(", ", " (needs ", ")")));
      }
      text.append('\n');
    }
    return text.toString();
  }
}
