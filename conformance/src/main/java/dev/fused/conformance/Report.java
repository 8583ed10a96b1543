package dev.fused.conformance;

import dev.fused.conformance.Result.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that came of a run.
 *
 * @param subject what kind of thing was checked
 * @param checked its name: a server, a directory
 * @param version of this suite
 * @param results in the order in which they came; those of one topic follow each other
 */
public record Report(
    Subject subject, String checked, String version, Instant start, List<Result> results) {
  public Report {
    results = List.copyOf(results);
  }

  /** One law that fared the same, with the same reason, in some columns. */
  public record Finding(
      ReportedLaw law, Outcome outcome, String reason, List<ReportColumn> columns) {}

  /** A reason for which laws are skipped, and how many are. */
  public record Reason(String text, long laws) {
    @Override
    public String toString() {
      return "%s (%d %s)".formatted(text, laws, laws == 1 ? "law" : "laws");
    }
  }

  /** How many laws fared in some way, with each column counted. */
  public long count(Outcome outcome) {
    return count(results, outcome);
  }

  /** How many of some results came out so. */
  public static long count(List<Result> results, Outcome outcome) {
    return results.stream().filter(result -> result.outcome() == outcome).count();
  }

  public boolean hasFailures() {
    return count(Outcome.FAILED) > 0;
  }

  /** With what laws were checked, in that order. */
  public List<ReportColumn> columns() {
    return results.stream().map(Result::column).distinct().toList();
  }

  /** What the laws are about, in their order. */
  public List<String> topics() {
    return laws().stream().map(ReportedLaw::topic).distinct().toList();
  }

  /** The laws that were checked, in their order. */
  public List<ReportedLaw> laws() {
    return results.stream().map(Result::law).distinct().toList();
  }

  /** What came of the laws of one topic in one column. */
  public List<Result> of(String topic, ReportColumn column) {
    return results.stream()
        .filter(result -> result.law().topic().equals(topic) && result.column().equals(column))
        .toList();
  }

  /** What came of all laws in one column. */
  public List<Result> of(ReportColumn column) {
    return results.stream().filter(result -> result.column().equals(column)).toList();
  }

  /** What came of one law. */
  public List<Result> of(ReportedLaw law) {
    return results.stream().filter(result -> result.law().equals(law)).toList();
  }

  public static Duration time(List<Result> results) {
    return results.stream().map(Result::time).reduce(Duration.ZERO, Duration::plus);
  }

  /** What fared in some way, by law and reason. */
  public List<Finding> findings(Outcome outcome) {
    record Key(ReportedLaw law, String reason) {}
    Map<Key, List<ReportColumn>> columns = new LinkedHashMap<>();
    for (Result result : results) {
      if (result.outcome() == outcome) {
        columns
            .computeIfAbsent(new Key(result.law(), result.reason()), _ -> new ArrayList<>())
            .add(result.column());
      }
    }
    return columns.entrySet().stream()
        .map(
            entry ->
                new Finding(
                    entry.getKey().law(), outcome, entry.getKey().reason(), entry.getValue()))
        .toList();
  }

  /** Why laws are skipped, in the order of the alphabet. */
  public List<Reason> skippedFor() {
    List<Finding> skipped = findings(Outcome.SKIPPED);
    return skipped.stream()
        .map(Finding::reason)
        .distinct()
        .sorted()
        .map(reason -> new Reason(reason, laws(skipped, reason)))
        .toList();
  }

  private static long laws(List<Finding> findings, String reason) {
    return findings.stream()
        .filter(finding -> finding.reason().equals(reason))
        .map(Finding::law)
        .distinct()
        .count();
  }

  /** The names of columns, or that it is all of them. */
  public String describe(List<ReportColumn> some) {
    return some.size() == columns().size() && some.size() > 1
        ? subject.allColumns()
        : String.join(", ", some.stream().map(ReportColumn::name).toList());
  }
}
