package dev.fused.conformance;

import dev.fused.conformance.Result.Outcome;
import dev.fused.protocol.Opcode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/**
 * The results as one page that needs nothing else: a matrix of opcodes and kernels, and below it
 * what failed, what is left out, and all laws.
 */
public final class HtmlReport {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);

  private static final String STYLE =
      """
      :root { color-scheme: light dark; }
      body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem;
        padding: 0 1rem; }
      h1 { font-size: 1.5rem; margin: 0 0 .3rem; }
      h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; }
      code { font-family: ui-monospace, monospace; }
      .figures b { font-size: 1.15rem; }
      .figures span { margin-right: 1.6rem; }
      .scroll { overflow-x: auto; }
      table { border-collapse: collapse; }
      th, td { border: 1px solid #8885; padding: .22rem .55rem; text-align: center; }
      th { font-weight: 600; }
      thead th { vertical-align: bottom; font-size: .85rem; }
      thead small { display: block; font-weight: 400; }
      tbody th { text-align: left; font-family: ui-monospace, monospace; font-size: .85rem; }
      td { min-width: 3.4rem; font-size: .85rem; white-space: nowrap; }
      .passed { background: #2e9e4f38; }
      .failed { background: #d8322f; color: #fff; font-weight: 600; }
      .skipped { background: #d9a40a33; }
      .none { color: #8889; }
      td a { color: inherit; text-decoration: none; }
      li { margin: .45rem 0; }
      .reason { display: block; opacity: .85; white-space: pre-wrap; overflow-wrap: anywhere; }
      .legend span { padding: .1rem .6rem; margin-right: .6rem; border: 1px solid #8885; }
      """;

  private final Report report;
  private final StringBuilder html = new StringBuilder();

  private HtmlReport(Report report) {
    this.report = report;
  }

  /**
   * Writes the page.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Report report, Path file) throws IOException {
    Files.writeString(file, new HtmlReport(report).page());
  }

  private String page() {
    add("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    add("<meta name=\"viewport\" content=\"width=device-width\">");
    add("<title>FUSE conformance: ").text(report.server()).add("</title>\n<style>\n");
    add(STYLE).add("</style></head>\n<body>\n");
    summary();
    matrix();
    failures();
    leftOut();
    laws();
    return add("</body></html>\n").html.toString();
  }

  private void summary() {
    add("<h1>FUSE conformance of <code>").text(report.server()).add("</code></h1>\n<p>");
    text(TIME.format(report.start())).add(", ").text(report.version()).add("</p>\n");
    add("<p class=\"figures\">");
    figure(Outcome.PASSED, "passed");
    figure(Outcome.FAILED, "failed");
    figure(Outcome.SKIPPED, "skipped");
    figure(Outcome.NOT_APPLICABLE, "not applicable");
    add("</p>\n");
  }

  private void figure(Outcome outcome, String name) {
    add("<span><b>" + report.count(outcome) + "</b> " + name + "</span>");
  }

  private void matrix() {
    add("<h2>Opcodes and kernels</h2>\n<p class=\"legend\">");
    add("<span class=\"passed\">✓ 5</span>laws that hold &nbsp; ");
    add("<span class=\"failed\">✗ 2/5</span>laws that do not &nbsp; ");
    add("<span class=\"skipped\">left out</span>by this server, as it may &nbsp; ");
    add("<span class=\"none\">·</span>this kernel does not do that</p>\n");
    add("<div class=\"scroll\"><table><thead><tr><th></th>");
    for (KernelPreset preset : report.presets()) {
      add("<th>").text(preset.name()).add("<small>" + preset.version() + "</small></th>");
    }
    add("</tr></thead>\n<tbody>\n");
    for (Opcode opcode : report.opcodes()) {
      add("<tr><th><a href=\"#" + opcode + "\">" + opcode + "</a></th>");
      for (KernelPreset preset : report.presets()) {
        cell(opcode, report.of(opcode, preset));
      }
      add("</tr>\n");
    }
    add("</tbody></table></div>\n");
  }

  private void cell(Opcode opcode, List<Result> results) {
    int passed = count(results, Outcome.PASSED);
    int failed = count(results, Outcome.FAILED);
    int skipped = count(results, Outcome.SKIPPED);
    List<String> lines = new ArrayList<>();
    for (Result result : results) {
      lines.add(result.outcome() + " " + result.law().sentence());
    }
    String type;
    String words;
    if (failed > 0) {
      type = "failed";
      words = "✗ " + failed + "/" + (passed + failed);
    } else if (passed > 0) {
      type = "passed";
      words = "✓ " + passed;
    } else if (skipped > 0) {
      type = "skipped";
      words = "left out";
    } else {
      type = "none";
      words = "·";
    }
    add("<td class=\"" + type + "\" title=\"").text(String.join("\n", lines)).add("\">");
    add(failed > 0 ? "<a href=\"#failed-" + opcode + "\">" + words + "</a>" : words);
    add("</td>");
  }

  private void failures() {
    List<Report.Finding> findings = report.findings(Outcome.FAILED);
    add("<h2>What does not hold</h2>\n");
    if (findings.isEmpty()) {
      add("<p>Nothing: every law that applies holds.</p>\n");
      return;
    }
    add("<ul>\n");
    Opcode last = null;
    for (Report.Finding finding : findings) {
      Opcode opcode = finding.law().opcode();
      add(opcode == last ? "<li>" : "<li id=\"failed-" + opcode + "\">");
      last = opcode;
      add("<code>" + opcode + "</code> <b>").text(finding.law().sentence()).add("</b> — ");
      text(report.describe(finding.presets())).add("<span class=\"reason\">");
      text(finding.reason()).add("</span></li>\n");
    }
    add("</ul>\n");
  }

  private void leftOut() {
    List<Report.Finding> findings = report.findings(Outcome.SKIPPED);
    if (findings.isEmpty()) {
      return;
    }
    add("<h2>What this server leaves out</h2>\n<ul>\n");
    findings.stream()
        .map(finding -> finding.reason())
        .distinct()
        .sorted()
        .forEach(
            reason -> {
              long laws =
                  findings.stream()
                      .filter(finding -> finding.reason().equals(reason))
                      .map(finding -> finding.law())
                      .distinct()
                      .count();
              add("<li>")
                  .text(reason)
                  .add(" (" + laws + (laws == 1 ? " law" : " laws") + ")</li>\n");
            });
    add("</ul>\n");
  }

  private void laws() {
    add("<h2>The laws</h2>\n");
    for (Opcode opcode : report.opcodes()) {
      add("<h3 id=\"" + opcode + "\"><code>" + opcode + "</code></h3>\n<ul>\n");
      report.results().stream()
          .map(Result::law)
          .distinct()
          .filter(law -> law.opcode() == opcode)
          .forEach(law -> add("<li>").text(law.sentence()).add("</li>\n"));
      add("</ul>\n");
    }
  }

  private static int count(List<Result> results, Outcome outcome) {
    return (int) results.stream().filter(result -> result.outcome() == outcome).count();
  }

  private HtmlReport add(String markup) {
    html.append(markup);
    return this;
  }

  private HtmlReport text(String text) {
    html.append(
        text.replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace("\"", "&quot;"));
    return this;
  }
}
