package dev.fused.it.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.protocol.Opcode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How many requests an operation costs: as many as {@code docs/requests.md} says, no more and no
 * less. The operations are in {@code request_counts.py}. FORGET is not counted: nobody waits for
 * it, and the kernel sends it when it likes.
 */
@NeedsMount
@NeedsPrograms("python3")
final class RequestCountIT {
  /** From the module's directory, in which Maven runs tests. */
  private static final Path TABLE = Path.of("../docs/requests.md");

  /** A line of the table: the operation's name, its requests, and why there are not fewer. */
  private static final Pattern ROW =
      Pattern.compile("\\| `(\\w+)`[^|]* \\| ([A-Z0-9_×, ]+|none) \\|[^|]*\\|");

  private static final Pattern MARK = Pattern.compile("mark\\.(\\w+)\\.(begin|end)\0");

  private static final String PASSTHROUGH = "## With data=passthrough";

  @TempDir Path scratch;

  @Test
  void eachOperationCostsTheRequestsThatTheTableSays() throws IOException {
    assertCounts("auto", documented(List.of()));
  }

  @Test
  void withPassthroughTheCostsOfTheSecondTableAreOthers() throws IOException {
    assertCounts("passthrough", documented(List.of(PASSTHROUGH)));
  }

  private void assertCounts(String data, Map<String, String> documented) throws IOException {
    Path capture = scratch.resolve("capture");
    // With one loop the order in which requests are captured is that in which they were sent.
    try (DaemonMount mount =
        DaemonMount.start(
            "--loops", "1", "-o", "size=64m,inodes=10k", "--capture", capture, "--data", data)) {
      Command.python("request_counts.py", mount.path()).output();
    }

    assertThat(lines(counted(capture)))
        .as("requests of each operation, on Linux " + System.getProperty("os.version"))
        .isEqualTo(lines(documented));
  }

  /** The first table, and over it those under the headings of {@code others}. */
  private static Map<String, String> documented(List<String> others) throws IOException {
    Map<String, String> rows = new LinkedHashMap<>();
    String heading = "";
    for (String line : Files.readAllLines(TABLE)) {
      Matcher row = ROW.matcher(line);
      if (line.startsWith("## ")) {
        heading = line;
      } else if (row.matches() && heading.isEmpty()) {
        assertThat(rows.put(row.group(1), row.group(2))).as(line).isNull();
      } else if (row.matches() && others.contains(heading)) {
        assertThat(rows.replace(row.group(1), row.group(2))).as(line).isNotEqualTo(row.group(2));
      }
    }
    return rows;
  }

  private static Map<String, String> counted(Path capture) throws IOException {
    Map<String, String> operations = new LinkedHashMap<>();
    List<Opcode> requests = new ArrayList<>();
    for (CapturedRequest request : CapturedRequest.in(capture)) {
      Matcher mark = MARK.matcher(request.opcode() == Opcode.LOOKUP ? request.name() : "");
      if (!mark.matches()) {
        requests.add(request.opcode());
      } else if (mark.group(2).equals("begin")) {
        requests.clear();
      } else {
        operations.put(mark.group(1), describe(requests));
      }
    }
    return operations;
  }

  /** As in the table: opcodes, in the order in which each came first, with how often. */
  private static String describe(List<Opcode> requests) {
    Map<Opcode, Integer> counts = new LinkedHashMap<>();
    for (Opcode opcode : requests) {
      if (opcode != Opcode.FORGET && opcode != Opcode.BATCH_FORGET) {
        counts.merge(opcode, 1, Integer::sum);
      }
    }
    return counts.isEmpty()
        ? "none"
        : counts.entrySet().stream()
            .map(each -> each.getKey() + (each.getValue() == 1 ? "" : " ×" + each.getValue()))
            .collect(Collectors.joining(", "));
  }

  private static String lines(Map<String, String> operations) {
    return operations.entrySet().stream()
        .map(each -> each.getKey() + ": " + each.getValue())
        .collect(Collectors.joining("\n"));
  }
}
