package dev.fused.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.filesystem.OptionDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The manual page and the completion say what the command line says. */
class DocumentationTest {
  private static final Path MANUAL = Path.of("../docs/fused.1");

  @Test
  void theManualHasTheOptionsOfTheCommandLine() throws IOException {
    String page = Files.readString(MANUAL);

    assertThat(page)
        .as("cp dist/target/dist/share/man/man1/fused.1 docs/fused.1")
        .isEqualTo(Documentation.manual(page));
    for (OptionCatalog.Section section : new OptionCatalog().sections()) {
      for (OptionDescription option : section.options()) {
        assertThat(page).contains(" Fl -" + option.name().replace('_', '-'));
      }
    }
  }

  /** Written by hand where it is about other commands than mount, but none may be left out. */
  @Test
  void theManualNamesEachOptionOfEachCommand() throws IOException {
    String page = Files.readString(MANUAL);

    for (CommandLine command : Fused.commandLine().getSubcommands().values()) {
      for (OptionSpec option : command.getCommandSpec().options()) {
        if (!option.hidden()) {
          String name = option.longestName().replaceFirst("^-", "");
          assertThat(page).as(command.getCommandName()).containsPattern("Fl " + name + "\\b");
        }
      }
    }
  }

  @Test
  void whatIsBesideTheListStaysAsItIs() throws IOException {
    String page = Files.readString(MANUAL);

    String changed = Documentation.manual(page.replace("Most bytes of file data", "Wrong"));

    assertThat(changed).isEqualTo(page);
  }

  @Test
  void aPageWithoutAPlaceForTheListIsRefused() {
    assertThatThrownBy(() -> Documentation.manual(".Dd today\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no line");
  }

  @Test
  void bashCompletesEachCommandAndEachOption() {
    assertThat(Documentation.completion())
        .contains("complete", "mount", "unmount", "list")
        .contains("'--max-write'", "'--config'", "--allow-other")
        .doesNotContain("ready-fd");
  }
}
