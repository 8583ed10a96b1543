package dev.fused.protocol;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** What a C compiler made of the kernel's header: {@code struct-table.txt}. */
public final class StructTable {
  /** A field, or {@code outer.inner} for a field of a structure inside the structure. */
  public record Field(String name, int offset, int size) {}

  private final Map<String, Integer> sizes = new LinkedHashMap<>();
  private final Map<String, List<Field>> fields = new LinkedHashMap<>();
  private final Map<String, Map<String, Long>> constants = new LinkedHashMap<>();

  private StructTable(Stream<String> lines) {
    lines
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.split(" "))
        .forEach(this::add);
  }

  /** Reads the table that is committed. */
  public static StructTable load() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(StructTable.class.getResourceAsStream("struct-table.txt")),
                StandardCharsets.UTF_8))) {
      return new StructTable(reader.lines());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(String[] words) {
    switch (words[0]) {
      case "struct" -> {
        sizes.put(words[1], Integer.parseInt(words[2]));
        fields.put(words[1], new ArrayList<>());
      }
      case "field" -> addField(words);
      case "tail" -> {}
      default ->
          constants
              .computeIfAbsent(words[0], kind -> new LinkedHashMap<>())
              .put(words[1], Long.parseUnsignedLong(words[2]));
    }
  }

  private void addField(String[] words) {
    String name = words[2];
    int offset = Integer.parseInt(words[3]);
    List<Field> ofStruct = fields(words[1]);
    if (words.length == 5) {
      ofStruct.add(new Field(name, offset, Integer.parseInt(words[4])));
      return;
    }
    for (Field inner : fields(words[5])) {
      ofStruct.add(new Field(name + "." + inner.name(), offset + inner.offset(), inner.size()));
    }
  }

  public Set<String> structs() {
    return sizes.keySet();
  }

  public int size(String struct) {
    return Objects.requireNonNull(sizes.get(struct), struct);
  }

  /** The fields in order, those of inner structures in place of the field that has them. */
  public List<Field> fields(String struct) {
    return Objects.requireNonNull(fields.get(struct), struct);
  }

  /**
   * Names and values, in the header's order.
   *
   * @param kind {@code opcode}, {@code init-flag}, {@code notification} or {@code constant}
   */
  public Map<String, Long> constants(String kind) {
    return Objects.requireNonNull(constants.get(kind), kind);
  }
}
