package dev.fused.it.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.fs.memory.MemoryFileSystem;
import dev.fused.fs.memory.MemoryOptions;
import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.IoUringParameter;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsIoUring;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.ServedMount;
import dev.fused.it.support.Waiting;
import dev.fused.server.linux.FuseConnectionControl;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is particular to requests through io_uring; other tests of mounts run over it too. */
@NeedsIoUring
@NeedsPrograms("python3")
@Timeout(240)
final class IoUringIT {
  private static final Duration BOUND = Duration.ofMinutes(1);

  /** As many as a queue keeps open: UringFuseChannel.MOST_ENTRIES. */
  private static final int MOST_ENTRIES = 1024;

  private static final String READ = OneFile.TEXT.strip() + ": ";

  /** Reads of a file that nobody has answered, and how to. */
  private final Queue<Runnable> open = new ConcurrentLinkedQueue<>();

  private final AtomicBoolean answering = new AtomicBoolean();

  private final OneFile fileSystem =
      new OneFile(
          false,
          (request, reply) -> {
            if (answering.get()) {
              OneFile.answer(request, reply);
            } else {
              open.add(() -> OneFile.answer(request, reply));
            }
          });

  private ServedMount mount() throws Exception {
    ServedMount mount = ServedMount.serving(fileSystem, "transport=io_uring");
    assertThat(mount.mount().transport()).startsWith("io_uring (");
    return mount;
  }

  private static RunningCommand readers(ServedMount mount, int count, double pause) {
    return Command.python("open_reads.py", mount.path().resolve("file"), count, pause).start();
  }

  private void awaitOpen(int count) {
    Waiting.until("%d reads are open".formatted(count), () -> open.size() >= count);
  }

  /** A request of the processor of those that wait: a name that the kernel does not remember. */
  private static void requireAnswer(ServedMount mount) {
    Result asked = Command.of("taskset", "-c", "0", "stat", mount.path().resolve("none")).run();
    assertThat(asked.err()).contains("No such file");
  }

  private void answerAll() {
    answering.set(true);
    for (Runnable answer = open.poll(); answer != null; answer = open.poll()) {
      answer.run();
    }
  }

  @Test
  void theProgramSaysThatRequestsComeThroughRings() {
    try (DaemonMount mount = DaemonMount.start("-o", "transport=io_uring")) {
      assertThat(mount.server().err()).containsPattern("transport io_uring \\(\\d+ queues?\\)");
    }
  }

  @Test
  void whereItIsSwitchedOffItIsRefusedWithTheRemedy() {
    IoUringParameter.whileOff(
        () -> {
          try (MountDirectory directory = MountDirectory.create()) {
            Result refused =
                Launcher.command("mount", "-f", directory.path(), "-o", "transport=io_uring").run();

            assertThat(refused.status()).isEqualTo(1);
            assertThat(refused.err())
                .contains("echo Y > /sys/module/fuse/parameters/enable_uring")
                .doesNotContain("Exception");
            assertThat(directory.mounted()).isEmpty();
          }
          try (DaemonMount mount = DaemonMount.start("-o", "transport=auto")) {
            assertThat(mount.server().err())
                .contains("transport epoll")
                .contains("echo Y > /sys/module/fuse/parameters/enable_uring");
          }
        });
  }

  @Test
  void whereItIsSwitchedOnItIsTakenUnasked() {
    try (DaemonMount mount = DaemonMount.start("-o", "transport=auto")) {
      assertThat(mount.server().err()).contains("transport io_uring (");
    }
  }

  @Test
  void whoSaysHowManyLoopsThereAreToBeGetsThem() {
    try (DaemonMount mount = DaemonMount.start("-o", "transport=auto,max_threads=3")) {
      assertThat(mount.server().err()).contains("transport epoll (3 loops)");
    }
  }

  /** At once, they wait in the kernel before the queue has grown; one after the other, it grows. */
  @ParameterizedTest
  @CsvSource({"100, 0.01", "700, 0"})
  void moreRequestsMayBeOpenThanAQueueBeginsWith(int count, double pause) throws Exception {
    try (ServedMount mount = mount();
        RunningCommand readers = readers(mount, count, pause)) {
      awaitOpen(count);
      requireAnswer(mount);

      answerAll();

      assertThat(readers.await().requireSuccess().out()).isEqualTo(READ + count + "\n");
    }
  }

  @Test
  void whatIsBeyondTheBoundWaitsForAnAnswerToAnother() throws Exception {
    int count = MOST_ENTRIES + 100;
    try (ServedMount mount = mount();
        RunningCommand readers = readers(mount, count, 0)) {
      awaitOpen(MOST_ENTRIES);

      answerAll();

      assertThat(readers.await().requireSuccess().out()).isEqualTo(READ + count + "\n");
      requireAnswer(mount);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {40, MOST_ENTRIES})
  void anAbortEndsTheMountWhileAllRequestsAreOpen(int seen) throws Exception {
    int count = seen == MOST_ENTRIES ? seen + 100 : seen;
    try (ServedMount mount = mount();
        RunningCommand readers = readers(mount, count, 0)) {
      awaitOpen(seen);

      new FuseConnectionControl(mount.directory().mounted().orElseThrow().connection()).abort();

      assertThat(mount.mount().awaitUnmount(BOUND)).isTrue();
      assertThat(mount.mount().wasAborted()).isTrue();
      assertThat(readers.await().requireSuccess().out())
          .matches("ECONNABORTED: \\d+\n(ENOTCONN: \\d+\n)?");
      assertThat(fileSystem.destroyed()).isEqualTo(1);
      answerAll(); // too late is no fault
    }
  }

  @Test
  void closingTheMountLetsGoWhoWaits() throws Exception {
    try (ServedMount mount = mount();
        RunningCommand readers = readers(mount, MOST_ENTRIES + 100, 0)) {
      awaitOpen(MOST_ENTRIES);

      mount.mount().close();

      assertThat(mount.mount().isServed()).isFalse();
      assertThat(readers.await().requireSuccess().out())
          .matches("ECONNABORTED: \\d+\n(ENOTCONN: \\d+\n)?");
    }
  }

  @Test
  void killingTheServerLetsGoWhoWaits() {
    DaemonMount mount = DaemonMount.start("-o", "transport=io_uring,locks=server");
    try (RunningCommand waiting =
        Command.python("waiting_locks.py", mount.path().resolve("file"), 100).start()) {
      waiting.awaitText("waiting");

      mount.server().signal("KILL");

      assertThat(waiting.await().requireSuccess().out())
          .matches("waiting\n(E(CONNABORTED|NOTCONN|CANCELED): \\d+\n)+");
      assertThat(Command.of("stat", mount.path()).run().err()).contains("not connected");
    } finally {
      mount.kill();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"max_write=4096", "max_write=131072", "max_write=1048576"})
  void dataAndAttributesOfAllSizesArrive(String maxWrite) throws Exception {
    MemoryFileSystem memory = new MemoryFileSystem(MemoryOptions.of(1L << 30, 1000));
    try (ServedMount mount = ServedMount.serving(memory, "transport=io_uring", maxWrite)) {
      Command.python("large_requests.py", mount.path()).output();
    }
  }

  @Test
  void manyThreadsReadWhatTheyWrote() {
    try (DaemonMount mount = DaemonMount.start("-o", "transport=io_uring", "--size", "1g")) {
      Command.python("checked_load.py", mount.path(), 16, 4).output();

      Waiting.until(
          "all files are forgotten",
          () ->
              Command.shell("df --output=iused " + mount.path() + " | tail -1")
                  .output()
                  .strip()
                  .equals("1"));
    }
  }
}
