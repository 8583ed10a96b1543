package dev.fused.it.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.BackingFiles;
import dev.fused.fs.memory.DataPath;
import dev.fused.fs.memory.MemoryFileSystem;
import dev.fused.fs.memory.MemoryOptions;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.Init;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.session.InitNegotiator;
import dev.fused.server.session.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of INIT flags says what the code does, and names what exists. */
final class InitFlagTableTest {
  /** From the module's directory, in which Maven runs tests. */
  private static final Path ROOT = Path.of("..");

  private static final Pattern CLASS = Pattern.compile("`([A-Z]\\w+)`");
  private static final String BY_FILE_SYSTEM = "by the file system";

  /** One line of the table. */
  private record Row(String bit, InitFlag flag, String asked, String honouredBy, String testedBy) {
    static Row parse(String line) {
      List<String> cells =
          Arrays.stream(line.split("\\|", -1))
              .map(String::strip)
              .filter(c -> !c.isEmpty())
              .toList();
      assertThat(cells).as(line).hasSize(6);
      InitFlag flag = InitFlag.valueOf(cells.get(1));
      return new Row(cells.get(0), flag, cells.get(3), cells.get(4), cells.get(5));
    }
  }

  private static List<Row> rows() throws IOException {
    try (Stream<String> lines = Files.lines(ROOT.resolve("docs/init-flags.md"))) {
      return lines.filter(line -> line.matches("\\| \\d.*")).map(Row::parse).toList();
    }
  }

  /** Names of the classes that a cell refers to. */
  private static List<String> classes(String cell) {
    return CLASS.matcher(cell).results().map((MatchResult found) -> found.group(1)).toList();
  }

  private static Set<String> sources(String kind) throws IOException {
    try (Stream<Path> files =
        Files.find(ROOT, 20, (file, _) -> file.toString().endsWith(".java"))) {
      return files
          .filter(file -> file.toString().contains("/src/" + kind + "/java/"))
          .map(file -> file.getFileName().toString().replace(".java", ""))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void eachFlagHasItsRowInOrderOfBits() throws IOException {
    assertThat(rows()).extracting(Row::flag).containsExactly(InitFlag.values());
    for (Row row : rows()) {
      assertThat(1L << Integer.parseInt(row.bit())).as(row.toString()).isEqualTo(row.flag().bit());
    }
  }

  @Test
  void whoAsksForAFlagIsWhoHonoursIt() throws IOException {
    for (Row row : rows()) {
      switch (row.flag().honoured()) {
        case KERNEL ->
            assertThat(row.asked()).as(row.toString()).isEqualTo("never: an announcement");
        case NOBODY -> assertThat(row.asked()).as(row.toString()).isEqualTo("never");
        case LIBRARY -> assertThat(row.asked()).as(row.toString()).matches("always|with .*");
        case FILE_SYSTEM -> assertThat(row.asked()).as(row.toString()).startsWith(BY_FILE_SYSTEM);
      }
    }
  }

  @Test
  void whatIsAlwaysAskedForIsWhatTheNegotiatorAsksForUnasked() throws IOException {
    RequestHeader header = RequestHeader.of(Opcode.INIT, 2, 0, 0, 0, 0);
    long everything = InitFlag.mask(EnumSet.allOf(InitFlag.class));
    Init init = new Init(header, 7, 45, 0, everything);
    InitNegotiator negotiator = new InitNegotiator(Set.of(), SessionOptions.DEFAULT);

    InitNegotiator.Agreement agreed = negotiator.agree(init, BackingFiles.none("not asked"), false);

    assertThat(rows())
        .filteredOn(row -> row.asked().equals("always"))
        .extracting(Row::flag)
        .containsExactlyElementsOf(InitFlag.of(agreed.reply().flags()));
  }

  @Test
  void whatTheMemoryFileSystemAsksForIsMarked() throws IOException {
    Set<InitFlag> asked = EnumSet.noneOf(InitFlag.class);
    for (DataPath path : List.of(DataPath.DIRECT, DataPath.PASSTHROUGH)) {
      MemoryOptions options = MemoryOptions.of(4096, 1).withServerLocks().withDataPath(path);
      MemoryFileSystem memory = new MemoryFileSystem(options);
      asked.addAll(memory.capabilities());
      memory.destroy();
    }

    assertThat(rows())
        .filteredOn(row -> row.asked().startsWith(BY_FILE_SYSTEM + "; memory"))
        .filteredOn(row -> !row.asked().endsWith("memory not"))
        .extracting(Row::flag)
        .containsExactlyElementsOf(asked);
  }

  @Test
  void whatHonoursAndTestsAFlagExists() throws IOException {
    Set<String> main = sources("main");
    Set<String> test = sources("test");
    for (Row row : rows()) {
      assertThat(main).as(row.toString()).containsAll(classes(row.honouredBy()));
      assertThat(test).as(row.toString()).containsAll(classes(row.testedBy()));
      assertThat(classes(row.testedBy())).as(row.toString()).isNotEmpty();
    }
  }
}
