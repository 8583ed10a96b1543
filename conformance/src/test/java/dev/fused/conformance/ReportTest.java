package dev.fused.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.conformance.Result.Outcome;
import dev.fused.conformance.directory.DirectoryColumn;
import dev.fused.conformance.directory.DirectoryLaw;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

final class ReportTest {
  private static final KernelPreset OLD = KernelPreset.parse("3.10");
  private static final KernelPreset NEW = KernelPreset.parse("6.18");
  private static final LawMethod READ = law("readAtTheEndGivesNothing");
  private static final LawMethod WRITE = law("writeExtendsTheFile");
  private static final LawMethod LSEEK = law("lseekPastTheEndFails");

  private final Report report =
      new Report(
          Subject.SERVER,
          "server <1> & \"more\"",
          "version 1",
          Instant.parse("2026-01-02T03:04:05Z"),
          List.of(
              result(READ, OLD, Outcome.FAILED, "EIO \u0007<here>"),
              result(WRITE, OLD, Outcome.PASSED, ""),
              result(LSEEK, OLD, Outcome.NOT_APPLICABLE, "too old"),
              result(READ, NEW, Outcome.FAILED, "EIO \u0007<here>"),
              result(WRITE, NEW, Outcome.PASSED, ""),
              result(LSEEK, NEW, Outcome.SKIPPED, "LSEEK answers ENOSYS")));

  @TempDir private Path directory;

  @Test
  void theSameFailureWithSeveralKernelsIsOneFinding() {
    List<Report.Finding> failed = report.findings(Outcome.FAILED);

    assertThat(failed).hasSize(1);
    assertThat(failed.getFirst().columns()).containsExactly(OLD, NEW);
    assertThat(report.hasFailures()).isTrue();
  }

  @Test
  void theXmlCountsAndNamesWhatCame() throws Exception {
    Path file = directory.resolve("report.xml");
    JUnitReport.write(report, file);

    Document xml =
        DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(file.toFile());
    assertThat(xml.getDocumentElement().getAttribute("name")).isEqualTo(report.checked());
    Element suite = (Element) xml.getElementsByTagName("testsuite").item(1);
    assertThat(suite.getAttribute("name")).isEqualTo("Linux 6.18 (7.45)");
    assertThat(suite.getAttribute("tests")).isEqualTo("3");
    assertThat(suite.getAttribute("failures")).isEqualTo("1");
    assertThat(suite.getAttribute("skipped")).isEqualTo("1");
    Element failure = (Element) xml.getElementsByTagName("failure").item(0);
    assertThat(failure.getAttribute("message")).isEqualTo("EIO ?<here>");
    Element failed = (Element) failure.getParentNode();
    assertThat(failed.getAttribute("classname")).isEqualTo("READ");
    assertThat(failed.getAttribute("name")).isEqualTo("readAtTheEndGivesNothing");
  }

  @Test
  void thePageHasACellForEachOpcodeAndKernelAndNeedsNothingElse() throws IOException {
    Path file = directory.resolve("report.html");
    HtmlReport.write(report, file);
    String page = Files.readString(file);

    assertThat(page).contains("server &lt;1&gt; &amp; &quot;more&quot;", "EIO \u0007&lt;here&gt;");
    assertThat(page.split("<td ", -1)).hasSize(1 + 3 * 2);
    assertThat(page).contains(">✗ 1/1</a>", ">✓ 1</td>", ">left out</td>", ">·</td>");
    assertThat(page).doesNotContain("http://", "https://", "<script", "src=", "<link");
  }

  @Test
  void theConsoleNamesEachFailureOnceWithItsKernels() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ConsoleReport console =
        new ConsoleReport(Subject.SERVER, new PrintStream(out, true, UTF_8), false);
    console.running("Linux 3.10 (7.22)", READ, 1, 3);
    console.finished("Linux 3.10 (7.22)", report.of(OLD));
    console.end(report);

    assertThat(out.toString(UTF_8))
        .contains("Linux 3.10 (7.22)    1 passed, 1 failed, 0 skipped, 1 not applicable")
        .containsOnlyOnce("FAILED READ: read at the end gives nothing")
        .contains("with all kernels", "LSEEK answers ENOSYS")
        .endsWith("2 passed, 2 failed, 1 skipped, 1 not applicable\n");
  }

  @Test
  void ofADirectoryThereIsOneColumnAndEachSkipHasItsReason() throws IOException {
    DirectoryColumn column = new DirectoryColumn("/mnt/x", "tmpfs");
    DirectoryLaw first = new DirectoryLaw("file", "first_law", List.of());
    DirectoryLaw second = new DirectoryLaw("file", "second_law", List.of("root"));
    DirectoryLaw third = new DirectoryLaw("lock", "third_law", List.of("root"));
    Duration time = Duration.ofMillis(1);
    Report report =
        new Report(
            Subject.DIRECTORY,
            "/mnt/x",
            "version 1",
            Instant.EPOCH,
            List.of(
                new Result(first, column, Outcome.PASSED, "", time),
                new Result(second, column, Outcome.SKIPPED, "only root", time),
                new Result(third, column, Outcome.SKIPPED, "only root", time)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new ConsoleReport(Subject.DIRECTORY, new PrintStream(out, true, UTF_8), false).end(report);
    Path file = directory.resolve("report.html");
    HtmlReport.write(report, file);

    assertThat(out.toString(UTF_8))
        .contains("  only root (2 laws)")
        .endsWith("\n1 passed, 0 failed, 2 skipped\n");
    assertThat(file)
        .content()
        .contains(
            "Conformance of the directory <code>/mnt/x</code>",
            "<th>/mnt/x<small>tmpfs</small></th>",
            "✓ 1 <small>+ 1 skipped</small>",
            "<li>only root (2 laws)</li>",
            "first law ✓",
            "title=\"only root\"")
        .doesNotContain("kernel", "pcode", "not applicable");
  }

  private static Result result(LawMethod law, KernelPreset preset, Outcome outcome, String reason) {
    return new Result(law, preset, outcome, reason, Duration.ofMillis(2));
  }

  private static LawMethod law(String name) {
    return LawMethod.all().stream()
        .filter(law -> law.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void topicsAreInTheOrderOfTheLaws() {
    assertThat(report.topics()).containsExactly("READ", "WRITE", "LSEEK");
  }
}
