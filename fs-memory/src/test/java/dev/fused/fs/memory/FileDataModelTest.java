package dev.fused.fs.memory;

import static dev.fused.fs.memory.PageArena.ABSENT;
import static dev.fused.fs.memory.TestStore.PAGE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random changes of two files against a model of each: an array of bytes, and which pages are
 * there.
 */
class FileDataModelTest {
  private static final int STEPS = 400;
  private static final int[] EDGES = {64, 128, 256, 512, 1024, 2048, PAGE, 2 * PAGE};

  /** So large that one file can take all pages of one slab. */
  private final TestStore store = new TestStore(MemoryOptions.of((long) Slab.PAGES * PAGE, 100), 1);

  @AfterEach
  void close() {
    store.store.close();
  }

  private final class Model {
    final long nodeid;
    final byte[] bytes;
    final BitSet allocated = new BitSet();
    int size;

    /** How many bytes of the first page there is memory for. */
    int first;

    Model(String name, int max) {
      nodeid = store.file(ROOT, name);
      bytes = new byte[max];
    }

    void write(int from, byte[] source) {
      System.arraycopy(source, 0, bytes, from, source.length);
      size = Math.max(size, from + source.length);
      allocate(from, from + source.length);
    }

    void allocate(int from, int to) {
      allocated.set(from / PAGE, (to - 1) / PAGE + 1);
      if (from < PAGE) {
        int piece = Math.max(64, Integer.highestOneBit(Math.min(to, PAGE) * 2 - 1));
        first = Math.max(first, piece);
      }
    }

    void punch(int from, int to) {
      discard(from, to, to / PAGE);
    }

    void truncate(int to) {
      if (to <= size) {
        discard(to, bytes.length, Integer.MAX_VALUE);
      }
      size = to;
    }

    private void discard(int from, int to, int endPage) {
      Arrays.fill(bytes, from, to, (byte) 0);
      int firstPage = (from + PAGE - 1) / PAGE;
      if (firstPage < endPage) {
        allocated.clear(firstPage, endPage);
      }
      first = allocated.get(0) ? first : 0;
    }

    boolean isData(int at) {
      return allocated.get(at / PAGE) && (at >= PAGE || at < first);
    }

    int seek(int from, boolean hole) {
      if (from >= size) {
        return -6;
      }
      int found = hole ? allocated.nextClearBit(from / PAGE) : allocated.nextSetBit(from / PAGE);
      int offset = found < 0 ? size : Math.max(from, found * PAGE);
      if (hole) {
        return Math.min(offset, size);
      }
      return offset >= size ? -6 : offset;
    }

    void check(Random random) {
      assertThat(store.stat(nodeid).size()).isEqualTo(size);
      assertThat(store.stat(nodeid).blocks()).isEqualTo(allocated.cardinality() * 8L);
      PageMap pages = store.regular(nodeid).pages();
      int number = pages == null ? ABSENT : pages.get(0);
      assertThat(number == ABSENT ? 0 : FragmentArena.size(number)).isEqualTo(first);
      assertThat(store.read(nodeid, 0, bytes.length)).isEqualTo(Arrays.copyOf(bytes, size));
      int from = random.nextInt(bytes.length);
      int length = random.nextInt(2 * PAGE);
      byte[] part =
          from >= size
              ? new byte[0]
              : Arrays.copyOfRange(bytes, from, Math.min(size, from + length));
      assertThat(store.read(nodeid, from, length)).isEqualTo(part);
      assertThat(store.io.seek(nodeid, from, false)).isEqualTo(seek(from, false));
      assertThat(store.io.seek(nodeid, from, true)).isEqualTo(seek(from, true));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void filesAgreeWithArraysOfBytes(long seed) {
    Random random = new Random(seed);
    int[] scale = {60 * PAGE, 20 * PAGE, 3 * PAGE, 3 * PAGE, 2500};
    int max = scale[random.nextInt(scale.length)];
    Model[] models = {new Model("a", max), new Model("b", max)};
    for (int step = 0; step < STEPS; step++) {
      Model model = models[random.nextInt(2)];
      int from = random.nextInt(3) == 0 ? 0 : position(random, max);
      int to = from + 1 + position(random, Math.min(max - from, 12 * PAGE));
      switch (random.nextInt(7)) {
        case 0, 1 -> {
          byte[] source = new byte[to - from];
          random.nextBytes(source);
          assertThat(store.write(model.nodeid, from, source)).isEqualTo(source.length);
          model.write(from, source);
        }
        case 2 -> {
          store.resize(model.nodeid, from);
          model.truncate(from);
        }
        case 3 -> {
          assertThat(store.io.fallocate(model.nodeid, from, to - from, 3)).isNull();
          model.punch(from, to);
        }
        case 4 -> {
          boolean keepSize = random.nextBoolean();
          assertThat(store.io.fallocate(model.nodeid, from, to - from, keepSize ? 1 : 0)).isNull();
          model.allocate(from, to);
          model.size = keepSize ? model.size : Math.max(model.size, to);
        }
        case 5 -> {
          assertThat(store.io.fallocate(model.nodeid, from, to - from, 0x11)).isNull();
          Arrays.fill(model.bytes, from, to, (byte) 0);
          model.allocate(from, to);
        }
        default -> copy(model, from, models[random.nextInt(2)], to - from, random);
      }
      models[step % 2].check(random);
      assertThat(store.store.limits.pages.used())
          .isEqualTo(models[0].allocated.cardinality() + models[1].allocated.cardinality());
    }
    store.resize(models[0].nodeid, 0);
    store.resize(models[1].nodeid, 0);
    assertThat(store.store.limits.pages.used()).isZero();
    byte[] all = new byte[Slab.PAGES * PAGE];
    assertThat(store.write(models[0].nodeid, 0, all)).isEqualTo(all.length);
    assertThat(store.store.openSlabs()).as("slabs that hold all pages").isEqualTo(1);
  }

  /** Any position below {@code max}, often one beside an edge of fragments or pages. */
  private static int position(Random random, int max) {
    int edge = EDGES[random.nextInt(EDGES.length)] - 1 + random.nextInt(3);
    return random.nextBoolean() && edge < max ? edge : random.nextInt(max);
  }

  private void copy(Model source, int from, Model target, int length, Random random) {
    int offset = position(random, target.bytes.length - length + 1);
    int count = Math.min(length, source.size - from);
    long copied = store.io.copy(source.nodeid, from, target.nodeid, offset, length);
    if (count <= 0) {
      assertThat(copied).isZero();
      return;
    }
    if (source == target && offset < from + count && from < offset + count) {
      assertThat(copied).isEqualTo(-22);
      return;
    }
    assertThat(copied).isEqualTo(count);
    // Run by run: data is written, holes become holes; the rest of a first page is one for itself.
    int at = from;
    while (at < from + count) {
      int end = at + 1;
      while (end < from + count
          && source.isData(end) == source.isData(at)
          && (end != PAGE || !source.allocated.get(0))) {
        end++;
      }
      int to = offset + at - from;
      if (source.isData(at)) {
        target.write(to, Arrays.copyOfRange(source.bytes, at, end));
      } else {
        target.punch(to, to + end - at);
      }
      at = end;
    }
    target.size = Math.max(target.size, offset + count);
  }
}
