package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.protocol.FileName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NameIndexTest {
  private final Directory directory =
      new Directory(1, 0755, new Owner(0, 0), Instant.ofEpochSecond(0));
  private final NameIndex index = new NameIndex();

  @Test
  void aNameIsFoundByItsBytes() {
    index.add(entry("name"));

    assertThat(index.get(FileName.of("name"))).isNotNull();
    assertThat(index.get(FileName.of("Name"))).isNull();
    assertThat(index.get(FileName.of(""))).isNull();
  }

  @Test
  void namesThatCollideAsJavaHashesAreAllFound() {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 4096; i++) {
      StringBuilder name = new StringBuilder();
      for (int bit = 0; bit < 12; bit++) {
        name.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      Entry entry = entry(name.toString());
      entries.add(entry);
      index.add(entry);
    }

    for (Entry entry : entries) {
      assertThat(index.get(entry.name)).isSameAs(entry);
    }
  }

  @Test
  void removingAnEntryThatIsNotThereIsNoticed() {
    index.add(entry("a"));

    assertThatThrownBy(() -> index.remove(entry("a"))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void itAgreesWithAHashMapWhileItGrowsAndShrinks() {
    Random random = new Random(3);
    Map<FileName, Entry> model = new HashMap<>();
    for (int round = 0; round < 4; round++) {
      boolean growing = round % 2 == 0;
      for (int i = 0; i < 20_000; i++) {
        FileName name = FileName.of("f" + random.nextInt(12_000));
        Entry known = model.get(name);
        assertThat(index.get(name)).isSameAs(known);
        if (known == null && random.nextInt(10) < (growing ? 9 : 1)) {
          Entry entry = new Entry(name, directory, directory);
          index.add(entry);
          model.put(name, entry);
        } else if (known != null && random.nextInt(10) < (growing ? 1 : 9)) {
          index.remove(known);
          model.remove(name);
        }
        assertThat(index.size()).isEqualTo(model.size());
      }
      model.forEach((name, entry) -> assertThat(index.get(name)).isSameAs(entry));
    }
    for (Entry entry : model.values()) {
      index.remove(entry);
    }
    assertThat(index.size()).isZero();
  }

  private Entry entry(String name) {
    return new Entry(FileName.of(name), directory, directory);
  }
}
