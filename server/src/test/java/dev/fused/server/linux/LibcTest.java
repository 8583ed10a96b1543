package dev.fused.server.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fused.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibcTest {
  private static final int S_IFMT = 0170000;
  private static final int S_IFDIR = 0040000;

  private final Arena arena = Arena.ofShared();

  @TempDir Path directory;

  @AfterEach
  void free() {
    arena.close();
  }

  @Test
  void openOfAMissingFileReturnsMinusEnoent() {
    assertThat(Libc.open(directory.resolve("missing").toString(), Libc.O_RDONLY))
        .isEqualTo(-Errno.ENOENT.number());
  }

  @Test
  void openOfADirectoryForWritingReturnsMinusEisdir() {
    assertThat(Libc.open(directory.toString(), Libc.O_WRONLY)).isEqualTo(-Errno.EISDIR.number());
  }

  @Test
  void openFindsTheFileThatThePathNames() throws IOException {
    Path file = Files.writeString(directory.resolve("a file"), "content");
    int fd = Libc.open(file.toString(), Libc.O_RDONLY);
    assertThat(fd).isGreaterThanOrEqualTo(0);
    assertThat(readText(fd)).isEqualTo("content");
    assertThat(Libc.close(fd)).isZero();
  }

  @Test
  void aPathThatHoldsNulIsRefusedInsteadOfCutOff() {
    assertThatThrownBy(() -> Libc.open(directory + "\0/etc/passwd", Libc.O_RDONLY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NUL");
  }

  @Test
  void everyCallOnAClosedDescriptorReturnsMinusEbadf() {
    int[] ends = pipe(0);
    Libc.close(ends[0]);
    Libc.close(ends[1]);
    MemorySegment buffer = arena.allocate(16, 8);
    int badDescriptor = -Errno.EBADF.number();
    assertThat(Libc.read(ends[0], buffer.address(), 8)).isEqualTo(badDescriptor);
    assertThat(Libc.write(ends[1], buffer.address(), 8)).isEqualTo(badDescriptor);
    assertThat(Libc.writev(ends[1], buffer.address(), 1)).isEqualTo(badDescriptor);
    assertThat(Libc.ioctl(ends[0], 0, 0)).isEqualTo(badDescriptor);
    assertThat(Libc.fcntl(ends[0], Libc.F_GETFL, 0)).isEqualTo(badDescriptor);
    assertThat(Libc.close(ends[0])).isEqualTo(badDescriptor);
    assertThat(Libc.poll(ends[0], Libc.POLLIN, 0)).isEqualTo(Libc.POLLNVAL);
  }

  @Test
  void whatIsWrittenIntoAPipeIsRead() {
    int[] ends = pipe(0);
    assertThat(Libc.write(ends[1], text("hello").address(), 5)).isEqualTo(5);
    assertThat(readText(ends[0])).isEqualTo("hello");
    Libc.close(ends[1]);
    assertThat(Libc.read(ends[0], arena.allocate(8).address(), 8)).as("end of file").isZero();
    Libc.close(ends[0]);
  }

  @Test
  void writevWritesTheBuffersOneAfterTheOther() {
    int[] ends = pipe(0);
    MemorySegment iovecs = arena.allocate(3 * 16, 8);
    String[] parts = {"one, ", "", "two"};
    for (int i = 0; i < parts.length; i++) {
      iovecs.set(JAVA_LONG, i * 16L, text(parts[i]).address());
      iovecs.set(JAVA_LONG, i * 16L + 8, parts[i].length());
    }
    assertThat(Libc.writev(ends[1], iovecs.address(), 3)).isEqualTo(8);
    assertThat(readText(ends[0])).isEqualTo("one, two");
    close(ends);
  }

  @Test
  void aNonBlockingDescriptorWithoutDataReturnsMinusEagain() {
    int[] ends = pipe(Libc.O_NONBLOCK);
    assertThat(Libc.read(ends[0], arena.allocate(8).address(), 8))
        .isEqualTo(-Errno.EAGAIN.number());
    close(ends);
  }

  @Test
  void aBadAddressReturnsMinusEfault() {
    int[] ends = pipe(0);
    assertThat(Libc.write(ends[1], 8, 8)).isEqualTo(-Errno.EFAULT.number());
    close(ends);
  }

  @Test
  void pollTellsWhichEventsAreTrue() {
    int[] ends = pipe(0);
    assertThat(Libc.poll(ends[0], Libc.POLLIN, 0)).isZero();
    Libc.write(ends[1], text("x").address(), 1);
    assertThat(Libc.poll(ends[0], Libc.POLLIN, -1)).isEqualTo(Libc.POLLIN);
    readText(ends[0]);
    Libc.close(ends[1]);
    assertThat(Libc.poll(ends[0], Libc.POLLIN, -1)).isEqualTo(Libc.POLLHUP);
    Libc.close(ends[0]);
  }

  @Test
  void eachThreadGetsItsOwnErrno() throws Exception {
    int threads = 16;
    List<Callable<Boolean>> calls = new ArrayList<>();
    String missing = directory.resolve("missing").toString();
    for (int i = 0; i < threads; i++) {
      boolean open = i % 2 == 0;
      calls.add(
          () -> {
            int expected = open ? -Errno.ENOENT.number() : -Errno.EBADF.number();
            for (int round = 0; round < 2000; round++) {
              int result = open ? Libc.open(missing, Libc.O_RDONLY) : Libc.read(-1, 0, 0);
              if (result != expected) {
                return false;
              }
            }
            return true;
          });
    }
    try (var executor = Executors.newFixedThreadPool(threads)) {
      for (Future<Boolean> alwaysExpected : executor.invokeAll(calls)) {
        assertThat(alwaysExpected.get()).isTrue();
      }
    }
  }

  @Test
  void virtualThreadsMayCallToo() throws Exception {
    int[] ends = pipe(0);
    MemorySegment x = text("x");
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      writers.add(Thread.ofVirtual().start(() -> Libc.write(ends[1], x.address(), 1)));
    }
    for (Thread writer : writers) {
      writer.join();
    }
    assertThat(readText(ends[0])).isEqualTo("x".repeat(100));
    close(ends);
  }

  @Test
  void dup2MakesAnotherNameOfADescriptor() {
    int[] ends = pipe(0);
    int[] spare = pipe(0);
    assertThat(Libc.dup2(ends[1], spare[1])).isEqualTo(spare[1]);
    Libc.write(spare[1], text("through the copy").address(), 16);
    assertThat(readText(ends[0])).isEqualTo("through the copy");
    close(ends);
    close(spare);
  }

  @Test
  void fcntlReadsAndSetsFlags() {
    int[] ends = pipe(Libc.O_CLOEXEC);
    assertThat(Libc.fcntl(ends[0], Libc.F_GETFD, 0)).isEqualTo(Libc.FD_CLOEXEC);
    assertThat(Libc.fcntl(ends[0], Libc.F_SETFL, Libc.O_NONBLOCK)).isZero();
    assertThat(Libc.fcntl(ends[0], Libc.F_GETFL, 0)).isEqualTo(Libc.O_NONBLOCK);
    close(ends);
  }

  @Test
  void ioctlFillsTheMemoryThatItsArgumentPointsTo() {
    int fionread = 0x541b;
    int[] ends = pipe(0);
    Libc.write(ends[1], text("12345").address(), 5);
    MemorySegment bytesToRead = arena.allocate(JAVA_INT);
    assertThat(Libc.ioctl(ends[0], fionread, bytesToRead.address())).isZero();
    assertThat(bytesToRead.get(JAVA_INT, 0)).isEqualTo(5);
    close(ends);
  }

  @Test
  void statxTellsTheTypeOfAFile() {
    MemorySegment statx = arena.allocate(Libc.STATX_SIZE, 8);
    assertThat(Libc.statx(directory.toString(), 0, Libc.STATX_MODE, statx.address())).isZero();
    int stxModeOffset = 28;
    assertThat(statx.get(JAVA_SHORT, stxModeOffset) & S_IFMT).isEqualTo(S_IFDIR);
    assertThat(Libc.statx(directory + "/missing", 0, Libc.STATX_MODE, statx.address()))
        .isEqualTo(-Errno.ENOENT.number());
  }

  @Test
  void whatIsNoMountPointCannotBeUnmounted() {
    int withoutPrivilege = -Errno.EPERM.number();
    assertThat(Libc.umount2(directory.toString(), 0))
        .isEqualTo(Libc.geteuid() == 0 ? -Errno.EINVAL.number() : withoutPrivilege);
  }

  @Test
  void mountOfAnUnknownTypeIsRefused() {
    // A process without CAP_SYS_ADMIN gets EPERM, before the kernel looks at the type.
    assertThat(Libc.mount("none", directory.toString(), "no-such-type", 0, ""))
        .isIn(-Errno.ENODEV.number(), -Errno.EPERM.number());
  }

  @Test
  void killWithSignalZeroTellsWhetherAProcessExists() {
    assertThat(Libc.kill(Libc.getpid(), 0)).isZero();
    assertThat(Libc.kill(Integer.MAX_VALUE, 0)).isEqualTo(-Errno.ESRCH.number());
  }

  @Test
  void aSpawnedProgramHasTheDescriptorThatWasMovedAndLeavesItsStatus() {
    int[] ends = pipe(Libc.O_CLOEXEC);
    int pid =
        Libc.posixSpawn(List.of("/bin/sh", "-c", "echo \"$0\" >&7; exit 3", "hello"), ends[1], 7);
    assertThat(pid).isPositive();

    MemorySegment status = arena.allocate(JAVA_INT);
    assertThat(Libc.waitpid(pid, status.address())).isEqualTo(pid);
    assertThat(status.get(JAVA_INT, 0)).isEqualTo(3 << 8);
    assertThat(readText(ends[0])).isEqualTo("hello\n");
    close(ends);
  }

  @Test
  void aProgramThatDoesNotExistIsNotSpawned() {
    String missing = directory + "/missing";
    assertThat(Libc.posixSpawn(List.of(missing))).isEqualTo(-Errno.ENOENT.number());
  }

  @Test
  void identityIsThatOfThisProcess() throws IOException {
    assertThat((long) Libc.getpid()).isEqualTo(ProcessHandle.current().pid());
    Path self = Path.of("/proc/self");
    assertThat(Libc.geteuid()).isEqualTo(Files.getAttribute(self, "unix:uid"));
    List<String> status = Files.readAllLines(self.resolve("status"));
    assertThat(status).anyMatch(line -> line.startsWith("Uid:\t" + Libc.getuid() + "\t"));
    assertThat(status).anyMatch(line -> line.startsWith("Gid:\t" + Libc.getgid() + "\t"));
  }

  @Test
  void umaskReturnsTheMaskBefore() {
    int before = Libc.umask(027);
    assertThat(Libc.umask(before)).isEqualTo(027);
  }

  @Test
  void chdirToAMissingDirectoryReturnsMinusEnoent() {
    assertThat(Libc.chdir(directory + "/missing")).isEqualTo(-Errno.ENOENT.number());
  }

  private int[] pipe(int flags) {
    MemorySegment ends = arena.allocate(JAVA_INT, 2);
    assertThat(Libc.pipe2(ends.address(), flags)).isZero();
    return ends.toArray(JAVA_INT);
  }

  private static void close(int[] ends) {
    for (int end : ends) {
      assertThat(Libc.close(end)).isZero();
    }
  }

  private MemorySegment text(String text) {
    return arena.allocateFrom(text, US_ASCII);
  }

  private String readText(int fd) {
    MemorySegment buffer = arena.allocate(4096);
    int length = Libc.read(fd, buffer.address(), 4096);
    assertThat(length).isGreaterThanOrEqualTo(0);
    return new String(buffer.asSlice(0, length).toArray(JAVA_BYTE), US_ASCII);
  }

  @Test
  void statmountFindsTheMountThatStatxNumbersAndNoOther() {
    assumeTrue(Platform.kernelIsAtLeast(6, 8), "statmount(2) came with Linux 6.8");
    MemorySegment statx = arena.allocate(Libc.STATX_SIZE, Long.BYTES);
    assertThat(Libc.statx("/", 0, Libc.STATX_MNT_ID_UNIQUE, statx.address())).isZero();
    long id = statx.get(JAVA_LONG, 144);

    assertThat(Libc.statmount(id)).isZero();
    assertThat(Libc.statmount(id | 1L << 62)).isEqualTo(-Errno.ENOENT.number());
  }
}
