package dev.fused.conformance;

import dev.fused.conformance.Result.Outcome;
import dev.fused.protocol.Opcode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that came of a run.
 *
 * @param server what was checked
 * @param version of this suite
 * @param results in the order in which they came
 */
public record Report(String server, String version, Instant start, List<Result> results) {
  public Report {
    results = List.copyOf(results);
  }

  /** One law that fared the same, with the same reason, with some kernels. */
  public record Finding(
      LawMethod law, Outcome outcome, String reason, List<KernelPreset> presets) {}

  /** How many laws fared in some way, with each kernel counted. */
  public long count(Outcome outcome) {
    return results.stream().filter(result -> result.outcome() == outcome).count();
  }

  public boolean hasFailures() {
    return count(Outcome.FAILED) > 0;
  }

  /** The kernels that were played, in that order. */
  public List<KernelPreset> presets() {
    return results.stream().map(Result::preset).distinct().toList();
  }

  /** The opcodes that the laws are about, by number. */
  public List<Opcode> opcodes() {
    return results.stream().map(result -> result.law().opcode()).distinct().sorted().toList();
  }

  public List<Result> of(Opcode opcode, KernelPreset preset) {
    return results.stream()
        .filter(result -> result.law().opcode() == opcode && result.preset().equals(preset))
        .toList();
  }

  public List<Result> of(KernelPreset preset) {
    return results.stream().filter(result -> result.preset().equals(preset)).toList();
  }

  public static Duration time(List<Result> results) {
    return results.stream().map(Result::time).reduce(Duration.ZERO, Duration::plus);
  }

  /** What fared in some way, by law and reason. */
  public List<Finding> findings(Outcome outcome) {
    record Key(LawMethod law, String reason) {}
    Map<Key, List<KernelPreset>> presets = new LinkedHashMap<>();
    for (Result result : results) {
      if (result.outcome() == outcome) {
        presets
            .computeIfAbsent(new Key(result.law(), result.reason()), _ -> new ArrayList<>())
            .add(result.preset());
      }
    }
    return presets.entrySet().stream()
        .map(
            entry ->
                new Finding(
                    entry.getKey().law(), outcome, entry.getKey().reason(), entry.getValue()))
        .toList();
  }

  /** The names of kernels, or that it is all of them. */
  public String describe(List<KernelPreset> some) {
    return some.size() == presets().size()
        ? (some.size() == 1 ? some.getFirst().name() : "all kernels")
        : String.join(", ", some.stream().map(KernelPreset::name).toList());
  }
}
