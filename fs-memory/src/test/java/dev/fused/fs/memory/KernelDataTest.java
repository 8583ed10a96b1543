package dev.fused.fs.memory;

import static dev.fused.fs.memory.TestStore.PAGE;
import static dev.fused.fs.memory.TestStore.ROOT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.BackingFiles;
import dev.fused.fs.memory.kernel.PrivateTmpfs;
import dev.fused.protocol.Errno;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Setattr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * With a directory in the place of the private tmpfs; the test is the kernel that uses its files.
 */
class KernelDataTest {
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int O_RDWR = 2;
  private static final int KEEP_SIZE = 1;
  private static final int PUNCH_HOLE = 2;
  private static final int ZERO_RANGE = 0x10;

  @TempDir Path directory;

  private final TestStore store = new TestStore();
  private final Set<Integer> registered = new TreeSet<>();
  private int lastId;
  private int refusal;

  private final class TestKernel implements BackingFiles {
    @Override
    public Optional<String> refusal() {
      return Optional.empty();
    }

    @Override
    public int open(int descriptor) {
      assertThat(Path.of("/proc/self/fd/" + descriptor)).exists();
      if (refusal != 0) {
        return refusal;
      }
      lastId++;
      registered.add(lastId);
      return lastId;
    }

    @Override
    public void close(int id) {
      assertThat(registered.remove(id)).isTrue();
    }
  }

  @BeforeEach
  void putDataIntoTheDirectory() throws IOException {
    store.store.keepDataIn(PrivateTmpfs.in(directory.toString()), new TestKernel());
  }

  @AfterEach
  void close() {
    store.store.close();
  }

  private int open(long file, int flags) {
    assertThat(store.io.open(file, false, false)).isNull();
    return store.io.opened(file, flags);
  }

  private Path kernelFile(long file) {
    return directory.resolve("%02x/%016x".formatted(file % 256, file));
  }

  private long kernelFiles() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).count();
    }
  }

  private void kernelWrites(long file, String text) throws IOException {
    Files.writeString(kernelFile(file), text, StandardOpenOption.APPEND);
  }

  private static void kernelSets(Path file, Instant mtime) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(mtime));
  }

  private void setMtime(long file, Instant mtime) {
    RequestHeader header = RequestHeader.of(Opcode.SETATTR, 2, file, 0, 0, 1);
    long seconds = mtime.getEpochSecond();
    TestStore.ok(
        store.attributes.setattr(
            file,
            new Setattr(
                header, Setattr.MTIME, 0, 0, 0, 0, seconds, 0, 0, mtime.getNano(), 0, 0, 0, 0)));
  }

  @Test
  void allHandlesOfAFileHaveOneBackingFileUntilTheLastIsClosed() {
    long file = store.file(ROOT, "f");

    int id = open(file, O_RDONLY);
    assertThat(id).isPositive();
    assertThat(open(file, O_WRONLY)).isEqualTo(id);
    store.io.release(file);
    assertThat(registered).containsExactly(id);
    store.io.release(file);
    assertThat(open(file, O_RDONLY)).isEqualTo(id);
  }

  @Test
  void aBackingFileIsKeptForAWhileAndGivenBackWhenOthersCome() {
    long first = store.file(ROOT, "f");
    int id = open(first, O_WRONLY);
    store.io.release(first);
    assertThat(registered).containsExactly(id);
    long inUse = store.file(ROOT, "g");
    int idInUse = open(inUse, O_WRONLY);

    for (int i = 0; i < 2000; i++) {
      long other = store.file(ROOT, "f" + i);
      open(other, O_WRONLY);
      store.io.release(other);
    }

    assertThat(registered).hasSizeLessThan(1500).contains(idInUse).doesNotContain(id);
    assertThat(open(first, O_WRONLY)).isGreaterThan(id);
  }

  @Test
  void whatTheKernelRefusesIsTheAnswerAndLeavesNoHandle() {
    long file = store.file(ROOT, "f");
    refusal = -Errno.EPERM.number();

    assertThat(open(file, O_RDONLY)).isEqualTo(refusal);
    assertThat(store.inode(file).openCount()).isZero();
  }

  @Test
  void whatTheKernelWritesShowsInSizeBlocksAndTimes() throws IOException {
    long file = store.file(ROOT, "f");
    open(file, O_WRONLY);
    Instant made = store.mtime(file);

    kernelWrites(file, "x".repeat(PAGE + 1));
    Instant later = Instant.now().plusSeconds(60);
    kernelSets(kernelFile(file), later);

    assertThat(store.stat(file).size()).isEqualTo(PAGE + 1);
    assertThat(store.stat(file).blocks()).isEqualTo(16);
    assertThat(store.mtime(file)).isEqualTo(later).isAfter(made);
    assertThat(store.ctime(file)).isAfter(made);
    assertThat(store.text(file)).hasSize(PAGE + 1);
  }

  @Test
  void timesThatAreSetStayUntilTheKernelWritesAgain() throws IOException {
    long file = store.file(ROOT, "f");
    open(file, O_WRONLY);
    kernelWrites(file, "one");
    Instant past = Instant.ofEpochSecond(1_000_000, 5);

    setMtime(file, past);
    assertThat(store.mtime(file)).isEqualTo(past);

    kernelWrites(file, "two");
    Instant now = Instant.now();
    kernelSets(kernelFile(file), now);
    assertThat(store.mtime(file)).isEqualTo(now);
    store.io.release(file);
    assertThat(store.mtime(file)).isEqualTo(now);
  }

  @Test
  void aFileWithoutBytesHasNoFileOfTheKernelOnceItIsClosed() throws IOException {
    long file = store.file(ROOT, "f");
    assertThat(kernelFiles()).isZero();
    open(file, O_RDONLY);
    assertThat(kernelFiles()).isEqualTo(1);
    store.io.release(file);
    store.stat(file);
    assertThat(kernelFiles()).isZero();

    store.resize(file, 10); // a hole
    assertThat(kernelFiles()).isZero();
    assertThat(store.text(file)).isEqualTo("\0".repeat(10));
    open(file, O_RDONLY);
    assertThat(Files.size(kernelFile(file))).isEqualTo(10);
  }

  @Test
  void aFileIsGoneWithItsInode() throws IOException {
    long file = store.file(ROOT, "f");
    open(file, O_WRONLY);
    kernelWrites(file, "bytes");
    store.names.unlink(ROOT, TestStore.name("f"));
    store.io.release(file);
    assertThat(kernelFiles()).isEqualTo(1);

    store.store.forget(file, 1);
    assertThat(kernelFiles()).isZero();
    assertThat(registered).isEmpty();
  }

  /** Nobody says when a mapping ends, but that the kernel forgot the inode. */
  @Test
  void whatMayBeMappedForWritingMayChangeUnseenUntilItIsForgotten() {
    long file = store.file(ROOT, "f");
    open(file, O_WRONLY);
    assertThat(store.store.changesUnseen(file)).isFalse();
    open(file, O_RDWR);
    assertThat(store.store.changesUnseen(file)).isTrue();

    store.io.release(file);
    store.io.release(file);
    assertThat(store.store.changesUnseen(file)).isTrue();
    store.store.forget(file, 1);
    assertThat(store.store.changesUnseen(file)).isFalse();
  }

  @Test
  void bytesAreWrittenCopiedZeroedAndFreedByRequestToo() {
    long file = store.file(ROOT, "f");
    long other = store.file(ROOT, "g");

    assertThat(store.write(file, PAGE, "x".repeat(2 * PAGE))).isEqualTo(2 * PAGE);
    assertThat(store.stat(file).size()).isEqualTo(3 * PAGE);
    assertThat(store.io.seek(file, 0, false)).isEqualTo(PAGE);
    assertThat(store.io.seek(file, PAGE, true)).isEqualTo(3 * PAGE);
    assertThat(store.io.copy(file, 2 * PAGE, other, 1, PAGE)).isEqualTo(PAGE);
    assertThat(store.text(other)).isEqualTo("\0" + "x".repeat(PAGE));

    assertThat(store.io.fallocate(file, PAGE, PAGE, KEEP_SIZE | PUNCH_HOLE)).isNull();
    assertThat(store.io.seek(file, 0, false)).isEqualTo(2 * PAGE);
    assertThat(store.io.fallocate(file, 2 * PAGE, 3, ZERO_RANGE)).isNull();
    assertThat(new String(store.read(file, 2 * PAGE, 4), UTF_8)).isEqualTo("\0\0\0x");
    assertThat(store.io.fallocate(file, 0, 4 * PAGE, 0)).isNull();
    assertThat(store.stat(file).size()).isEqualTo(4 * PAGE);
  }

  @Test
  void holesThatHaveNoFileAreCopiedToo() {
    long hole = store.file(ROOT, "f");
    long file = store.file(ROOT, "g");
    store.resize(hole, 2 * PAGE);
    store.write(file, 0, "x".repeat(PAGE));

    assertThat(store.io.copy(hole, 0, file, 1, 2 * PAGE)).isEqualTo(2 * PAGE);
    assertThat(store.text(file)).isEqualTo("x" + "\0".repeat(2 * PAGE));
    assertThat(store.io.seek(hole, 0, false)).isEqualTo(-Errno.ENXIO.number());
    assertThat(store.io.seek(hole, 0, true)).isZero();
  }
}
