package dev.fused.conformance;

import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Counts answers, by opcode and error: what the frames have reached. Not thread-safe. */
final class FuzzStatistics {
  private final Map<Opcode, long[]> answers = new EnumMap<>(Opcode.class);
  private long unknownOpcodes;

  /**
   * @param error 0 for success
   */
  void count(int opcodeNumber, int error) {
    Opcode opcode = Opcode.of(opcodeNumber);
    if (opcode == null) {
      unknownOpcodes++;
    } else {
      answers.computeIfAbsent(opcode, any -> new long[Errno.values().length + 10])[error]++;
    }
  }

  long total() {
    return unknownOpcodes + answers.values().stream().mapToLong(counts -> sum(counts, 0)).sum();
  }

  private static long sum(long[] counts, int from) {
    long sum = 0;
    for (int i = from; i < counts.length; i++) {
      sum += counts[i];
    }
    return sum;
  }

  /** Opcodes that were answered with success. */
  Set<Opcode> succeeded() {
    Set<Opcode> succeeded = EnumSet.noneOf(Opcode.class);
    answers.forEach(
        (opcode, counts) -> {
          if (counts[0] > 0) {
            succeeded.add(opcode);
          }
        });
    return succeeded;
  }

  /** A line for each opcode: successes, and how often each error. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    answers.forEach(
        (opcode, counts) -> {
          text.append(String.format("%-18s %,12d ok", opcode, counts[0]));
          for (int i = 1; i < counts.length; i++) {
            Errno errno = Errno.ofNumber(i);
            if (counts[i] > 0) {
              text.append(String.format("  %s %,d", errno, counts[i]));
            }
          }
          text.append('\n');
        });
    return text.append(String.format("unknown opcodes    %,12d%n", unknownOpcodes)).toString();
  }
}
