package dev.fused.conformance.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class ConformanceCommandTest {
  @TempDir private Path directory;

  private final StringWriter err = new StringWriter();

  @Test
  void lawsThatHoldEndWithStatus0AndLeaveBothReports() {
    Path xml = directory.resolve("report.xml");
    Path html = directory.resolve("report.html");

    int status =
        run(
            "--kernel",
            "3.10,6.18",
            "--law",
            "LOOKUP,xattr",
            "-o",
            "size=64m",
            "--junit",
            xml.toString(),
            "--html",
            html.toString());

    assertThat(status).isZero();
    assertThat(xml).content().contains("Linux 3.10 (7.22)", "lookupTwiceFindsTheSameInode");
    assertThat(html).content().contains("Linux 3.10", "Linux 6.18", "REMOVEXATTR");
  }

  @Test
  void aServerThatDoesNotBeginIsASentence() {
    assertThat(run("--kernel", "6.18", "--server", "echo no {fd}")).isEqualTo(1);
    assertThat(err.toString())
        .contains("the server \"echo no {fd}\" does not begin", "said: no /dev/fd/3");
  }

  @Test
  void anUnknownKernelLawOrFileSystemIsRefused() {
    assertThat(run("--kernel", "9.99")).isEqualTo(1);
    assertThat(run("--law", "noSuchLaw")).isEqualTo(1);
    assertThat(run("--file-system", "none")).isEqualTo(1);
    assertThat(run("-o", "color=red")).isEqualTo(1);

    assertThat(err.toString())
        .contains("\"9.99\"", "no law for noSuchLaw", "\"none\"", "no option \"color\"");
  }

  @Test
  void whatChoosesAServerDoesNotGoWithADirectory() {
    for (String[] chosen :
        new String[][] {
          {"--server", "x {fd}"},
          {"--file-system", "memory"},
          {"-o", "size=1m"},
          {"--kernel", "6.1"}
        }) {
      assertThat(run("--directory", directory.toString(), chosen[0], chosen[1])).isEqualTo(1);
    }
    assertThat(err.toString().lines())
        .hasSize(4)
        .allSatisfy(line -> assertThat(line).startsWith("--directory checks what is there"));
  }

  @Test
  void aDirectoryThatIsNotThereOrALawThatIsNoneIsRefused() {
    Path missing = directory.resolve("missing");
    assertThat(run("--directory", missing.toString())).isEqualTo(1);
    assertThat(run("--directory", directory.toString(), "--law", "LOOKUP")).isEqualTo(1);
    assertThat(run("--directory", directory.toString(), "--timeout", "0")).isEqualTo(1);

    assertThat(err.toString())
        .contains(missing + " is not a directory", "no law for LOOKUP", "1 second or more");
  }

  @Test
  void listWithADirectoryMakesNothingInIt() {
    assertThat(run("--list", "--directory", directory.toString(), "--law", "lock")).isZero();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void listChecksNothing() {
    assertThat(run("--list", "--server", "touch %s {fd}".formatted(directory.resolve("made"))))
        .isZero();
    assertThat(Files.exists(directory.resolve("made"))).isFalse();
  }

  private int run(String... arguments) {
    CommandLine command = new CommandLine(new ConformanceCommand());
    command.setErr(new PrintWriter(err, true));
    command.setExecutionExceptionHandler(
        (e, line, _) -> {
          line.getErr().println(e.getMessage());
          return 1;
        });
    return command.execute(arguments);
  }
}
