package dev.fused.conformance;

import dev.fused.conformance.Result.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/**
 * The results as one page that needs nothing else: a matrix of what laws are about and with what
 * they were checked, and below it what failed, what was skipped, and all laws.
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
      .mark { padding: 0 .4rem; font-size: .85rem; }
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
    add("<title>").text(subject().title() + " " + report.checked()).add("</title>\n<style>\n");
    add(STYLE).add("</style></head>\n<body>\n");
    summary();
    matrix();
    failures();
    skipped();
    laws();
    return add("</body></html>\n").html.toString();
  }

  private void summary() {
    add("<h1>")
        .text(subject().title())
        .add(" <code>")
        .text(report.checked())
        .add("</code></h1>\n<p>");
    text(TIME.format(report.start())).add(", ").text(report.version()).add("</p>\n");
    add("<p class=\"figures\">");
    figure(Outcome.PASSED, "passed");
    figure(Outcome.FAILED, "failed");
    figure(Outcome.SKIPPED, "skipped");
    if (subject() == Subject.SERVER) {
      figure(Outcome.NOT_APPLICABLE, "not applicable");
    }
    add("</p>\n");
  }

  private void figure(Outcome outcome, String name) {
    add("<span><b>" + report.count(outcome) + "</b> " + name + "</span>");
  }

  private void matrix() {
    add("<h2>").text(subject().matrix()).add("</h2>\n<p class=\"legend\">");
    add("<span class=\"passed\">✓ 5</span>laws that hold &nbsp; ");
    add("<span class=\"failed\">✗ 2/5</span>laws that do not &nbsp; ");
    add("<span class=\"skipped\">").text(subject().skipped()).add("</span>");
    text(subject().skippedMeans());
    if (subject() == Subject.SERVER) {
      add(" &nbsp; <span class=\"none\">·</span>this kernel does not do that");
    }
    add("</p>\n");
    add("<div class=\"scroll\"><table><thead><tr><th></th>");
    for (ReportColumn column : report.columns()) {
      add("<th>").text(column.name()).add("<small>").text(column.detail()).add("</small></th>");
    }
    add("</tr></thead>\n<tbody>\n");
    for (String topic : report.topics()) {
      add("<tr><th><a href=\"#" + topic + "\">" + topic + "</a></th>");
      for (ReportColumn column : report.columns()) {
        cell(topic, report.of(topic, column));
      }
      add("</tr>\n");
    }
    add("</tbody></table></div>\n");
  }

  private void cell(String topic, List<Result> results) {
    long passed = Report.count(results, Outcome.PASSED);
    long failed = Report.count(results, Outcome.FAILED);
    long skipped = Report.count(results, Outcome.SKIPPED);
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
      words = subject().skipped();
    } else {
      type = "none";
      words = "·";
    }
    add("<td class=\"" + type + "\" title=\"").text(String.join("\n", lines)).add("\">");
    add(failed > 0 ? "<a href=\"#failed-" + topic + "\">" + words + "</a>" : words);
    if (subject() == Subject.DIRECTORY && skipped > 0 && passed + failed > 0) {
      add(" <small>+ " + skipped + " " + subject().skipped() + "</small>");
    }
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
    String last = "";
    for (Report.Finding finding : findings) {
      String topic = finding.law().topic();
      add(topic.equals(last) ? "<li>" : "<li id=\"failed-" + topic + "\">");
      last = topic;
      add("<code>" + topic + "</code> <b>").text(finding.law().sentence()).add("</b>");
      if (subject() == Subject.SERVER) {
        add(" — ").text(report.describe(finding.columns()));
      }
      add("<span class=\"reason\">");
      text(finding.reason()).add("</span></li>\n");
    }
    add("</ul>\n");
  }

  private void skipped() {
    List<Report.Reason> reasons = report.skippedFor();
    if (reasons.isEmpty()) {
      return;
    }
    add("<h2>").text(subject().skippedTitle()).add("</h2>\n<ul>\n");
    reasons.forEach(reason -> add("<li>").text(reason.toString()).add("</li>\n"));
    add("</ul>\n");
  }

  private void laws() {
    add("<h2>The laws</h2>\n");
    List<ReportedLaw> laws = report.laws();
    for (String topic : report.topics()) {
      add("<h3 id=\"" + topic + "\"><code>" + topic + "</code></h3>\n<ul>\n");
      for (ReportedLaw law : laws) {
        if (law.topic().equals(topic)) {
          add("<li>").text(law.sentence());
          if (subject() == Subject.DIRECTORY) {
            outcome(report.of(law).getFirst());
          }
          add("</li>\n");
        }
      }
      add("</ul>\n");
    }
  }

  private void outcome(Result result) {
    switch (result.outcome()) {
      case PASSED -> add(" ✓");
      case FAILED -> add(" <span class=\"mark failed\">✗</span>");
      case SKIPPED, NOT_APPLICABLE ->
          add(" <span class=\"mark skipped\" title=\"")
              .text(result.reason())
              .add("\">")
              .text(subject().skipped())
              .add("</span>");
    }
  }

  private Subject subject() {
    return report.subject();
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
