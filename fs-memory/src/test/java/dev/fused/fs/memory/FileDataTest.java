package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.PAGE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileDataTest {
  private static final int PAGES = 256;
  private static final long LARGEST = Long.MAX_VALUE;

  private final TestStore store = new TestStore(MemoryOptions.of((long) PAGES * PAGE, 100));
  private final long file = store.file(ROOT, "file");

  @AfterEach
  void close() {
    store.store.close();
  }

  @Test
  void anEmptyFileHasNoPages() {
    assertThat(store.read(file, 0, 100)).isEmpty();
    assertThat(store.stat(file).blocks()).isZero();
    assertThat(store.regular(file).pages()).isNull();
  }

  @Test
  void whatWasWrittenIsRead() {
    store.write(file, 0, "hello");

    assertThat(store.text(file)).isEqualTo("hello");
    assertThat(store.stat(file).size()).isEqualTo(5);
    assertThat(store.stat(file).blocks()).isEqualTo(8);
  }

  @Test
  void holesReadAsZerosAndTakeNoBlocks() {
    store.write(file, 10L * PAGE, "x");

    assertThat(store.stat(file).blocks()).isEqualTo(8);
    assertThat(store.read(file, 0, 10 * PAGE)).isEqualTo(new byte[10 * PAGE]);
  }

  @Test
  void aReadEndsAtTheEndOfTheFile() {
    store.write(file, 0, "hello");

    assertThat(store.read(file, 3, 100)).hasSize(2);
    assertThat(store.read(file, 5, 100)).isEmpty();
    assertThat(store.read(file, LARGEST, 100)).isEmpty();
  }

  @Test
  void sequentialWritesAreReadAsOnePiece() {
    byte[] page = new byte[PAGE];
    for (int i = 0; i < 64; i++) {
      store.write(file, (long) i * PAGE, page);
    }

    ByteBuf[] pieces = TestStore.ok(store.io.read(file, 32L * PAGE, 32 * PAGE));
    assertThat(pieces).hasSize(1);
    pieces[0].release();
  }

  @Test
  void bytesCutOffAreZeroWhenTheFileGrowsAgain() {
    byte[] bytes = new byte[3 * PAGE];
    Arrays.fill(bytes, (byte) 1);
    store.write(file, 0, bytes);
    store.resize(file, PAGE + 10);
    store.resize(file, 3L * PAGE);

    byte[] expected = new byte[3 * PAGE];
    Arrays.fill(expected, 0, PAGE + 10, (byte) 1);
    assertThat(store.read(file, 0, 3 * PAGE)).isEqualTo(expected);
    assertThat(store.stat(file).blocks()).isEqualTo(16);
  }

  @Test
  void aFreshPageShowsNothingOfTheFileThatHadItBefore() {
    byte[] secret = new byte[4 * PAGE];
    Arrays.fill(secret, (byte) 's');
    store.write(file, 0, secret);
    store.resize(file, 0);
    store.write(file, 100, "x");
    store.write(file, 2L * PAGE - 1, "yz");
    store.resize(file, 4L * PAGE);

    byte[] expected = new byte[4 * PAGE];
    expected[100] = 'x';
    expected[2 * PAGE - 1] = 'y';
    expected[2 * PAGE] = 'z';
    assertThat(store.read(file, 0, 4 * PAGE)).isEqualTo(expected);
  }

  @Test
  void theLargestSizeCostsNothingAndItsLastByteCanBeWritten() {
    store.resize(file, LARGEST);
    assertThat(store.stat(file).blocks()).isZero();

    assertThat(store.write(file, LARGEST - 1, "x")).isEqualTo(1);
    assertThat(store.read(file, LARGEST - 3, 100)).containsExactly(0, 0, 'x');
    assertThat(store.stat(file).blocks()).isEqualTo(8);
    assertThat(store.io.seek(file, 0, false)).isEqualTo(LARGEST - PAGE + 1);
    assertThat(store.io.seek(file, LARGEST - 1, true)).isEqualTo(LARGEST);

    store.resize(file, LARGEST - 2);
    store.resize(file, LARGEST);
    assertThat(store.read(file, LARGEST - 3, 100)).containsExactly(0, 0, 0);
    store.resize(file, 0);
    assertThat(store.store.limits.pages.used()).isZero();
  }

  @Test
  void aFullStoreTakesWhatFitsThenNothing() {
    long other = store.file(ROOT, "other");
    store.write(other, 0, new byte[(PAGES - 2) * PAGE]);

    assertThat(store.write(file, 10, new byte[3 * PAGE])).isEqualTo(2L * PAGE - 10);
    assertThat(store.stat(file).size()).isEqualTo(2L * PAGE);
    assertThat(store.stat(file).blocks()).isEqualTo(16);
    assertThat(TestStore.errno(store.write(file, 2L * PAGE, "x")).number()).isEqualTo(28);
    assertThat(store.write(file, 0, "overwriting needs no room")).isEqualTo(25);
  }

  @Test
  void aWriteThatFindsNoRoomLeavesTheFileAsItWas() {
    long other = store.file(ROOT, "other");
    store.write(other, 0, new byte[PAGES * PAGE]);

    assertThat(TestStore.errno(store.write(file, 5L * PAGE, "x")).number()).isEqualTo(28);
    assertThat(store.stat(file).size()).isZero();
    assertThat(store.regular(file).pages()).isNull();
  }

  @Test
  void whatTruncateFreesCanBeWrittenAtOnce() {
    store.write(file, 0, new byte[PAGES * PAGE]);
    store.resize(file, 0);

    assertThat(store.write(file, 0, new byte[PAGES * PAGE])).isEqualTo((long) PAGES * PAGE);
  }

  @Test
  void aReadOnItsWayKeepsItsBytesWhenTheFileIsTruncatedAndWrittenAgain() {
    store.write(file, 0, "old bytes");
    ByteBuf[] pieces = TestStore.ok(store.io.read(file, 0, 100));
    store.resize(file, 0);
    long other = store.file(ROOT, "other");
    store.write(other, 0, new byte[3 * PAGE]);
    store.write(file, 0, "new bytes");

    assertThat(pieces[0].toString(java.nio.charset.StandardCharsets.UTF_8)).isEqualTo("old bytes");
    pieces[0].release();
  }

  @Test
  void pagesThatAReadKeepsDoNotCountAsUsed() {
    store.write(file, 0, new byte[PAGES * PAGE]);
    ByteBuf[] pieces = TestStore.ok(store.io.read(file, 0, PAGES * PAGE));
    store.resize(file, 0);

    assertThat(store.store.limits.pages.used()).isZero();
    for (ByteBuf piece : pieces) {
      assertThat(piece.release()).isTrue();
    }
    assertThat(store.store.openSlabs()).isLessThanOrEqualTo(1);
  }

  @Test
  void aBufferThatIsSharedEndsTheReadWithItsLastReference() {
    store.write(file, 0, new byte[PAGE]);
    ByteBuf piece = TestStore.ok(store.io.read(file, 0, PAGE))[0];
    Readers readers = store.regular(file).pages().readers;
    ByteBuf copy = piece.retainedSlice();

    piece.release();
    assertThat(readers.isIdle()).isFalse();
    copy.release();
    assertThat(readers.isIdle()).isTrue();
  }

  /** Writes, reads, truncates, punches, allocates, zeroes and copies, against an array. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void itAgreesWithAnArrayOfBytes(long seed) {
    Random random = new Random(seed);
    int[] scale = {60 * PAGE, 20 * PAGE, 3 * PAGE};
    int max = scale[random.nextInt(scale.length)];
    byte[] model = new byte[max];
    BitSet allocated = new BitSet();
    int size = 0;
    for (int step = 0; step < 400; step++) {
      int from = random.nextInt(max);
      int length = 1 + random.nextInt(Math.min(max - from, 12 * PAGE));
      int to = from + length;
      switch (random.nextInt(7)) {
        case 0, 1 -> {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          assertThat(store.write(file, from, bytes)).isEqualTo(length);
          System.arraycopy(bytes, 0, model, from, length);
          allocated.set(from / PAGE, (to - 1) / PAGE + 1);
          size = Math.max(size, to);
        }
        case 2 -> {
          store.resize(file, from);
          if (from <= size) {
            Arrays.fill(model, from, max, (byte) 0);
            allocated.clear((from + PAGE - 1) / PAGE, max / PAGE + 1);
          }
          size = from;
        }
        case 3 -> {
          assertThat(store.io.fallocate(file, from, length, 3)).isNull();
          Arrays.fill(model, from, to, (byte) 0);
          int first = (from + PAGE - 1) / PAGE;
          if (to / PAGE > first) {
            allocated.clear(first, to / PAGE);
          }
        }
        case 4 -> {
          boolean keepSize = random.nextBoolean();
          assertThat(store.io.fallocate(file, from, length, keepSize ? 1 : 0)).isNull();
          allocated.set(from / PAGE, (to - 1) / PAGE + 1);
          size = keepSize ? size : Math.max(size, to);
        }
        case 5 -> {
          assertThat(store.io.fallocate(file, from, length, 0x11)).isNull();
          Arrays.fill(model, from, to, (byte) 0);
          allocated.set(from / PAGE, (to - 1) / PAGE + 1);
        }
        default -> {
          int target = random.nextInt(max - length + 1);
          int count = Math.min(length, size - from);
          boolean overlap = target < from + count && from < target + count;
          long copied = store.io.copy(file, from, file, target, length);
          if (count <= 0) {
            assertThat(copied).isZero();
          } else if (overlap) {
            assertThat(copied).isEqualTo(-22);
          } else {
            assertThat(copied).isEqualTo(count);
            copyBlocks(allocated, from, target, count);
            System.arraycopy(model, from, model, target, count);
            size = Math.max(size, target + count);
          }
        }
      }
      check(model, size, allocated, random);
    }
    store.resize(file, 0);
    assertThat(store.store.limits.pages.used()).isZero();
    assertThat(store.store.openSlabs()).isLessThanOrEqualTo(1);
  }

  /** Follows the copy run by run: data allocates, holes punch whole pages. */
  private static void copyBlocks(BitSet allocated, int from, int target, int count) {
    int at = from;
    while (at < from + count) {
      boolean data = allocated.get(at / PAGE);
      int end = at;
      while (end < from + count && allocated.get(end / PAGE) == data) {
        end = Math.min(from + count, (end / PAGE + 1) * PAGE);
      }
      int to = target + at - from;
      int toEnd = target + end - from;
      if (data) {
        allocated.set(to / PAGE, (toEnd - 1) / PAGE + 1);
      } else if (toEnd / PAGE > (to + PAGE - 1) / PAGE) {
        allocated.clear((to + PAGE - 1) / PAGE, toEnd / PAGE);
      }
      at = end;
    }
  }

  private void check(byte[] model, int size, BitSet allocated, Random random) {
    assertThat(store.stat(file).size()).isEqualTo(size);
    assertThat(store.stat(file).blocks()).isEqualTo(allocated.cardinality() * 8L);
    assertThat(store.store.limits.pages.used()).isEqualTo(allocated.cardinality());
    assertThat(store.read(file, 0, model.length)).isEqualTo(Arrays.copyOf(model, size));
    int from = random.nextInt(model.length);
    int length = random.nextInt(2 * PAGE);
    byte[] part =
        from >= size ? new byte[0] : Arrays.copyOfRange(model, from, Math.min(size, from + length));
    assertThat(store.read(file, from, length)).isEqualTo(part);
    assertThat(store.io.seek(file, from, false)).isEqualTo(seek(allocated, from, size, false));
    assertThat(store.io.seek(file, from, true)).isEqualTo(seek(allocated, from, size, true));
  }

  private static long seek(BitSet allocated, int from, int size, boolean hole) {
    if (from >= size) {
      return -6;
    }
    int page = from / PAGE;
    int found = hole ? allocated.nextClearBit(page) : allocated.nextSetBit(page);
    long offset = found < 0 ? size : Math.max(from, (long) found * PAGE);
    if (hole) {
      return Math.min(offset, size);
    }
    return offset >= size ? -6 : offset;
  }

  @Test
  void aCopyBetweenFilesOfDifferentShardsIsExact() {
    long other = store.file(ROOT, "other");
    byte[] bytes = new byte[5 * PAGE + 17];
    new Random(1).nextBytes(bytes);
    store.write(file, 3, bytes);

    assertThat(store.io.copy(file, 3, other, 1000, bytes.length)).isEqualTo(bytes.length);
    assertThat(store.read(other, 1000, bytes.length)).isEqualTo(bytes);
    assertThat(store.io.copy(file, bytes.length + 3, other, 0, 10)).isZero();
  }

  @Test
  void aCopyThatFindsNoRoomSaysHowFarItCame() {
    long other = store.file(ROOT, "other");
    store.write(file, 0, new byte[200 * PAGE]);

    assertThat(store.io.copy(file, 0, other, 0, 200 * PAGE)).isEqualTo(56L * PAGE);
    assertThat(store.io.copy(file, 0, other, 100 * PAGE, PAGE)).isEqualTo(-28);
    assertThat(store.stat(other).size()).isEqualTo(56L * PAGE);
  }

  @Test
  void fallocateTakesAllOrNothing() {
    store.write(file, 0, "x");

    assertThat(store.io.fallocate(file, 0, (PAGES + 1L) * PAGE, 0).number()).isEqualTo(28);
    assertThat(store.stat(file).blocks()).isEqualTo(8);
    assertThat(store.stat(file).size()).isEqualTo(1);
    assertThat(store.io.fallocate(file, 0, (long) PAGES * PAGE, 0)).isNull();
    assertThat(store.stat(file).blocks()).isEqualTo(8L * PAGES);
    assertThat(store.io.fallocate(file, 0, LARGEST, 1).number()).isEqualTo(28);
  }

  @Test
  void collapseAndInsertAreNotSupported() {
    assertThat(store.io.fallocate(file, 0, PAGE, 0x8).number()).isEqualTo(95);
    assertThat(store.io.fallocate(file, 0, PAGE, 0x20).number()).isEqualTo(95);
    assertThat(store.io.fallocate(file, 0, PAGE, 0x2).number()).isEqualTo(95);
  }

  @Test
  void aWriteTakesItsBytesFromAnyMemory() {
    MemorySegment heap =
        MemorySegment.ofArray("heap".getBytes(java.nio.charset.StandardCharsets.UTF_8));

    assertThat(store.io.write(file, 0, heap, false)).isEqualTo(4);
    assertThat(store.text(file)).isEqualTo("heap");
  }
}
