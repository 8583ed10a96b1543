package dev.fused.conformance.command;

import dev.fused.conformance.ConsoleReport;
import dev.fused.conformance.ReportedLaw;
import dev.fused.conformance.Result;
import dev.fused.conformance.directory.DirectoryCheck;
import dev.fused.conformance.directory.DirectoryLaw;
import java.util.ArrayList;
import java.util.List;

/** Shows a line for each topic, once all its laws have ended, and collects what came of them. */
final class DirectoryProgress implements DirectoryCheck.Listener {
  private final ConsoleReport console;
  private final List<DirectoryLaw> laws;
  private final List<Result> results = new ArrayList<>();

  /**
   * @param laws those that will run
   */
  DirectoryProgress(ConsoleReport console, List<DirectoryLaw> laws) {
    this.console = console;
    this.laws = laws;
  }

  @Override
  public void running(DirectoryLaw law) {
    console.running(law.topic(), law, results.size() + 1, laws.size());
  }

  @Override
  public void ended(Result result) {
    results.add(result);
    String topic = result.law().topic();
    List<Result> ofTopic = results.stream().filter(each -> isOf(topic, each.law())).toList();
    if (ofTopic.size() == laws.stream().filter(law -> isOf(topic, law)).count()) {
      console.finished(topic, ofTopic);
    }
  }

  private static boolean isOf(String topic, ReportedLaw law) {
    return law.topic().equals(topic);
  }

  /** What came of the laws, in the order in which they ended. */
  List<Result> results() {
    return results;
  }
}
