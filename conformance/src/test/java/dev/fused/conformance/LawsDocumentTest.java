package dev.fused.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.conformance.directory.DirectoryLaw;
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
    text.append("\n# The laws of system calls\n\n");
    text.append(
        "What `fused conformance --directory` checks in a directory, by topic. A law is skipped\n");
    text.append(
        "where something is missing that it needs: what each need means, and how it is tried, is in\n");
    text.append(
        "[needs.py](../conformance/src/main/resources/dev/fused/conformance/directory/needs.py).\n");
    String topic = "";
    for (DirectoryLaw law : DirectoryLaw.all()) {
      if (!law.topic().equals(topic)) {
        topic = law.topic();
        text.append("\n## ").append(topic).append("\n\n");
      }
      text.append("- ").append(law.sentence());
      if (!law.needs().isEmpty()) {
        text.append(" (needs ").append(String.join(", ", law.needs())).append(')');
      }
      text.append('\n');
    }
    return text.toString();
  }
}
