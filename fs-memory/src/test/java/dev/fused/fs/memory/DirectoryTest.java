package dev.fused.fs.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.protocol.FileName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryTest {
  private static final Owner OWNER = new Owner(0, 0);
  private static final Instant NOW = Instant.ofEpochSecond(0);

  private final Directory directory = new Directory(1, 0755, OWNER, NOW);
  private long nextNodeid = 10;

  @Test
  void entriesAreListedInTheOrderInWhichTheyCame() {
    for (int i = 0; i < 200; i++) {
      add("f" + i);
    }

    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      expected.add("f" + i);
    }
    assertThat(names(0)).isEqualTo(expected);
  }

  @Test
  void cookiesOfEntriesBeginAfterThoseOfTheDots() {
    assertThat(add("first").cookie).isEqualTo(Directory.DOT_DOT + 1);
    assertThat(names(Directory.DOT)).containsExactly("first");
    assertThat(names(Directory.DOT_DOT)).containsExactly("first");
  }

  @Test
  void aScanGoesOnAfterAnEntryThatIsGone() {
    Entry first = add("a");
    Entry second = add("b");
    add("c");
    remove(second);
    remove(first);

    assertThat(names(second.cookie)).containsExactly("c");
    assertThat(names(first.cookie)).containsExactly("c");
  }

  @Test
  void aScanFromTheLastPossibleCookieIsAtTheEnd() {
    add("a");

    assertThat(names(Long.MAX_VALUE)).isEmpty();
    assertThat(names(Long.MAX_VALUE - 1)).isEmpty();
  }

  @Test
  void anEntryKeepsItsPlaceWhenItIsRenamed() {
    Entry first = add("a");
    add("b");
    long cookie = first.cookie;
    lockBoth(first.inode, () -> directory.rename(first, FileName.of("z")));

    assertThat(first.cookie).isEqualTo(cookie);
    assertThat(names(0)).containsExactly("z", "b");
    assertThat(find("a")).isNull();
    assertThat(find("z")).isSameAs(first);
  }

  @Test
  void cookiesAreNotUsedAgain() {
    Set<Long> cookies = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      Entry entry = add("same");
      assertThat(cookies.add(entry.cookie)).isTrue();
      remove(entry);
    }
  }

  @Test
  void theSizeFollowsTheEntries() {
    assertThat(directory.size()).isEqualTo(40);
    Entry entry = add("a");
    assertThat(directory.size()).isEqualTo(60);
    remove(entry);
    assertThat(directory.size()).isEqualTo(40);
  }

  @Test
  void linksCountSubdirectoriesAndNothingElse() {
    add("file");
    assertThat(directory.nlink()).isEqualTo(2);
    Entry sub = add("sub", new Directory(nextNodeid++, 0755, OWNER, NOW));
    assertThat(directory.nlink()).isEqualTo(3);
    remove(sub);
    assertThat(directory.nlink()).isEqualTo(2);
    assertThat(sub.inode.nlink()).isZero();
  }

  /** What is present throughout a scan is seen once, whatever comes and goes meanwhile. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aScanSeesWhatIsPresentThroughoutExactlyOnce(long seed) {
    Random random = new Random(seed);
    Map<String, Entry> present = new HashMap<>();
    for (int i = 0; i < 500; i++) {
      present.put("f" + i, add("f" + i));
    }
    Set<Entry> throughout = new HashSet<>(present.values());
    List<Entry> seen = new ArrayList<>();
    long cookie = 0;
    Entry next = after(cookie);
    while (next != null && seen.size() < 5000) {
      seen.add(next);
      cookie = next.cookie;
      for (int i = 0; i < 3; i++) {
        String name = "f" + random.nextInt(700);
        Entry entry = present.get(name);
        if (entry == null && random.nextInt(4) == 0) {
          present.put(name, add(name));
        } else if (entry != null && random.nextInt(3) == 0) {
          throughout.remove(entry);
          present.remove(name);
          remove(entry);
        } else if (entry != null) {
          String other = "g" + random.nextInt(100_000);
          if (!present.containsKey(other)) {
            present.remove(name);
            present.put(other, entry);
            lockBoth(entry.inode, () -> directory.rename(entry, FileName.of(other)));
          }
        }
      }
      next = after(cookie);
    }

    assertThat(seen).doesNotHaveDuplicates().containsAll(throughout);
    assertThat(directory.entryCount()).isEqualTo(present.size());
    present.forEach((name, entry) -> assertThat(find(name)).isSameAs(entry));
    present.values().forEach(this::remove);
    assertThat(directory.isEmpty()).isTrue();
    assertThat(names(0)).isEmpty();
  }

  private Entry add(String name) {
    return add(name, new RegularFile(nextNodeid++, 0644, OWNER, NOW));
  }

  private Entry add(String name, Inode inode) {
    lockBoth(inode, () -> directory.add(FileName.of(name), inode));
    return find(name);
  }

  private void remove(Entry entry) {
    lockBoth(entry.inode, () -> directory.remove(entry));
  }

  private Entry find(String name) {
    synchronized (directory) {
      return directory.find(FileName.of(name));
    }
  }

  private Entry after(long cookie) {
    synchronized (directory) {
      return directory.after(cookie);
    }
  }

  private List<String> names(long cookie) {
    List<String> names = new ArrayList<>();
    for (Entry entry = after(cookie); entry != null; entry = after(entry.cookie)) {
      names.add(entry.name.toString());
    }
    return names;
  }

  private void lockBoth(Inode inode, Runnable action) {
    synchronized (directory) {
      synchronized (inode) {
        action.run();
      }
    }
  }
}
