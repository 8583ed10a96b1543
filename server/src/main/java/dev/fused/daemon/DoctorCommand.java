package dev.fused.daemon;

import com.google.gson.GsonBuilder;
import dev.fused.daemon.doctor.Doctor;
import dev.fused.daemon.doctor.Finding;
import dev.fused.daemon.doctor.Finding.Severity;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code fused doctor}: whether mounts can be made here, and what to do if not. */
@Command(
    name = "doctor",
    description = {
      "Looks at what mounts need on this machine: kernel, device, privileges, limits, stale mounts.",
      "Says of each finding what to do. Changes nothing. Ends with 1 if no mount can be made.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class DoctorCommand implements Callable<Integer> {
  @Option(names = "--json", description = "Prints an array of findings, as JSON.")
  private boolean json;

  @Override
  public Integer call() {
    List<Finding> findings = new Doctor().findings();
    if (json) {
      System.out.println(
          new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(findings));
    } else {
      for (Finding finding : findings) {
        System.out.printf(
            "%-5s  %-19s  %s%n", finding.severity(), finding.subject(), finding.found());
        if (!finding.remedy().isEmpty()) {
          System.out.printf("%-5s  %-19s  -> %s%n", "", "", finding.remedy());
        }
      }
    }
    return findings.stream().anyMatch(finding -> finding.severity() == Severity.FATAL) ? 1 : 0;
  }
}
