package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.PAGE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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

    ByteBuf[] pieces = TestStore.ok(store.io.read(file, 32L * PAGE, 32 * PAGE, 0));
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
    ByteBuf[] pieces = TestStore.ok(store.io.read(file, 0, 100, 0));
    store.resize(file, 0);
    long other = store.file(ROOT, "other");
    store.write(other, 0, new byte[3 * PAGE]);
    store.write(file, 0, "new bytes");

    assertThat(pieces[0].toString(StandardCharsets.UTF_8)).isEqualTo("old bytes");
    pieces[0].release();
  }

  @Test
  void pagesThatAReadKeepsDoNotCountAsUsed() {
    store.write(file, 0, new byte[PAGES * PAGE]);
    ByteBuf[] pieces = TestStore.ok(store.io.read(file, 0, PAGES * PAGE, 0));
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
    ByteBuf piece = TestStore.ok(store.io.read(file, 0, PAGE, 0))[0];
    Readers readers = store.regular(file).pages().readers;
    ByteBuf copy = piece.retainedSlice();

    piece.release();
    assertThat(readers.isIdle()).isFalse();
    copy.release();
    assertThat(readers.isIdle()).isTrue();
  }

  @Test
  void aThousandBytesTakeAKilobyteOfMemoryAndCountAsAPage() {
    int files = Slab.PAGES * 4;
    TestStore small = new TestStore(MemoryOptions.of((long) files * PAGE, files + 1), 1);
    for (int i = 0; i < files; i++) {
      assertThat(small.write(small.file(ROOT, "f" + i), 0, new byte[1000])).isEqualTo(1000);
    }

    assertThat(small.store.openSlabs()).isEqualTo(1);
    assertThat(small.store.limits.pages.available()).isZero();
    assertThat(small.stat(small.nodeid(ROOT, "f7")).blocks()).isEqualTo(8);
    small.store.close();
  }

  @Test
  void aSmallFileInAFullStoreGrowsToAPageAndNoFurther() {
    store.write(file, 0, new byte[10]);
    store.write(store.file(ROOT, "other"), 0, new byte[(PAGES - 1) * PAGE]);

    assertThat(store.write(file, 10, new byte[1000])).isEqualTo(1000);
    assertThat(store.write(file, 1010, new byte[2 * PAGE])).isEqualTo(PAGE - 1010L);
    assertThat(store.stat(file).size()).isEqualTo(PAGE);
    assertThat(store.store.limits.pages.used()).isEqualTo(PAGES);
  }

  @Test
  void smallWritesOneAfterTheOtherMakeOneFile() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; all.size() < 2 * PAGE; i++) {
      byte[] line = ("line " + i + "\n").getBytes(StandardCharsets.UTF_8);
      assertThat(store.write(file, all.size(), line)).isEqualTo(line.length);
      all.writeBytes(line);
      assertThat(store.read(file, 0, 3 * PAGE)).isEqualTo(all.toByteArray());
    }
  }

  @Test
  void aReadOnItsWayKeepsItsBytesWhenTheFileGrowsOutOfItsFragment() {
    store.write(file, 0, "old bytes");
    ByteBuf[] pieces = TestStore.ok(store.io.read(file, 0, 100, 0));
    store.write(file, 9, new byte[100]);
    for (int i = 0; i < 64; i++) {
      store.write(store.file(ROOT, "other" + i), 0, "other");
    }

    assertThat(pieces[0].toString(StandardCharsets.UTF_8)).isEqualTo("old bytes");
    pieces[0].release();
    assertThat(store.read(file, 0, 9)).isEqualTo("old bytes".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void whatLiesBehindAFragmentReadsAsZeros() {
    byte[] secret = new byte[2048];
    Arrays.fill(secret, (byte) 's');
    store.write(file, 0, secret);
    store.resize(file, 0);
    store.write(file, 2000, "x");
    store.resize(file, 2 * PAGE);

    byte[] expected = new byte[2 * PAGE];
    expected[2000] = 'x';
    assertThat(store.read(file, 0, 2 * PAGE)).isEqualTo(expected);
    assertThat(store.read(file, 3000, 10)).isEqualTo(new byte[10]);
    assertThat(store.io.seek(file, 3000, false)).isEqualTo(3000);
    assertThat(store.io.seek(file, 3000, true)).isEqualTo(PAGE);
  }

  @Test
  void aFileWhoseCopyMovesItsOwnBytesKeepsThem() {
    store.write(file, 0, "copied");

    assertThat(store.io.copy(file, 0, file, 1000, 6)).isEqualTo(6);
    assertThat(store.io.copy(file, 1000, file, PAGE - 3, 6)).isEqualTo(6);

    byte[] copied = "copied".getBytes(StandardCharsets.UTF_8);
    assertThat(store.read(file, 0, 6)).isEqualTo(copied);
    assertThat(store.read(file, 1000, 6)).isEqualTo(copied);
    assertThat(store.read(file, PAGE - 3, 6)).isEqualTo(copied);
  }

  @Test
  void fallocateMakesRoomInASmallFileAndKeepsItsBytes() {
    store.write(file, 0, "kept");

    assertThat(store.io.fallocate(file, 100, 3000, 0)).isNull();

    assertThat(FragmentArena.size(store.regular(file).pages().get(0))).isEqualTo(PAGE);
    byte[] expected = Arrays.copyOf("kept".getBytes(StandardCharsets.UTF_8), 3100);
    assertThat(store.read(file, 0, PAGE)).isEqualTo(expected);
    assertThat(store.stat(file).blocks()).isEqualTo(8);
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
    MemorySegment heap = MemorySegment.ofArray("heap".getBytes(StandardCharsets.UTF_8));

    assertThat(store.io.write(file, 0, heap, false, 0)).isEqualTo(4);
    assertThat(store.text(file)).isEqualTo("heap");
  }
}
