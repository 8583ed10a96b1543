package dev.fused.it.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.filesystem.DataReply;
import dev.fused.filesystem.Notifier;
import dev.fused.filesystem.PollReply;
import dev.fused.it.protocol.ChangingFiles.OneFile;
import dev.fused.it.support.Command;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.NeedsPrograms;
import dev.fused.it.support.RunningCommand;
import dev.fused.it.support.ServedMount;
import dev.fused.it.support.Waiting;
import dev.fused.protocol.FileName;
import dev.fused.protocol.request.Poll;
import dev.fused.protocol.request.Read;
import dev.fused.server.linux.Libc;
import io.netty.buffer.Unpooled;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each notification has the effect in the kernel that its name says. */
@NeedsMount
@Timeout(120)
final class NotificationsIT {
  private static final long ROOT = ChangingFiles.ROOT;
  private static final long UNKNOWN = 4711;
  private static final FileName NAME = FileName.of("file");

  private final ChangingFiles files = new ChangingFiles();

  private static String cat(ServedMount mount) {
    return Command.of("cat", mount.path().resolve("file")).output();
  }

  private static String stat(ServedMount mount, String format) {
    return Command.of("stat", "-c", format, mount.path().resolve("file")).output().strip();
  }

  @Test
  void dataIsReadAgainOnceItIsInvalid() throws Exception {
    OneFile file = files.put("file", "old text\n");
    try (ServedMount mount = ServedMount.serving(files)) {
      assertThat(cat(mount)).isEqualTo("old text\n");
      file.text = "new text\n";
      assertThat(cat(mount)).as("from the page cache").isEqualTo("old text\n");

      assertThat(files.notifier().invalidateData(file.nodeid).get()).isTrue();

      assertThat(cat(mount)).isEqualTo("new text\n");
      assertThat(file.reads).hasValue(2);
      file.text = "a longer text\n";
      assertThat(files.notifier().invalidateData(file.nodeid).get()).isTrue();
      assertThat(cat(mount)).isEqualTo("a longer text\n");
    }
  }

  @Test
  void onlyTheRangeThatIsInvalidIsReadAgain() throws Exception {
    OneFile file = files.put("file", "a".repeat(8192));
    try (ServedMount mount = ServedMount.serving(files)) {
      cat(mount);
      file.text = "b".repeat(8192);

      assertThat(files.notifier().invalidateData(file.nodeid, 4096, 10).get()).isTrue();

      assertThat(cat(mount)).isEqualTo("a".repeat(4096) + "b".repeat(4096));
    }
  }

  @Test
  void attributesAreAskedForAgainOnceTheyAreInvalidAndDataStays() throws Exception {
    OneFile file = files.put("file", "text\n");
    try (ServedMount mount = ServedMount.serving(files)) {
      cat(mount);
      file.permissions = 0600;
      assertThat(stat(mount, "%a")).isEqualTo("644");

      assertThat(files.notifier().invalidateAttributes(file.nodeid).get()).isTrue();

      assertThat(stat(mount, "%a")).isEqualTo("600");
      cat(mount);
      assertThat(file.reads).hasValue(1);
    }
  }

  @Test
  void aNameLeadsToItsNewInodeOnceItIsInvalid() throws Exception {
    OneFile first = files.put("file", "first\n");
    try (ServedMount mount = ServedMount.serving(files)) {
      cat(mount);
      files.put("file", "second\n");
      assertThat(cat(mount)).isEqualTo("first\n");
      assertThat(first.lookups).hasValue(1);

      assertThat(files.notifier().invalidateEntry(ROOT, NAME).get()).isTrue();

      assertThat(cat(mount)).isEqualTo("second\n");
    }
  }

  @Test
  void aNameThatWasMissingIsFoundOnceItIsInvalid() throws Exception {
    try (ServedMount mount = ServedMount.serving(files)) {
      assertThat(Command.of("cat", mount.path().resolve("file")).run().status()).isEqualTo(1);
      files.put("file", "there\n");
      assertThat(Command.of("cat", mount.path().resolve("file")).run().status()).isEqualTo(1);

      assertThat(files.notifier().invalidateEntry(ROOT, NAME).get()).isTrue();

      assertThat(cat(mount)).isEqualTo("there\n");
    }
  }

  @Test
  void aNameThatIsExpiredIsLookedUpAgainAndItsInodeStays() throws Exception {
    OneFile file = files.put("file", "text\n");
    try (ServedMount mount = ServedMount.serving(files)) {
      cat(mount);

      assertThat(files.notifier().expireEntry(ROOT, NAME).get()).isTrue();

      cat(mount);
      assertThat(file.lookups).hasValue(2);
      assertThat(file.reads).as("the page cache is that of the same inode").hasValue(1);
      assertThat(files.forgotten()).isEmpty();
    }
  }

  @Test
  void whatTheKernelDoesNotKnowIsNoFailure() throws Exception {
    try (ServedMount mount = ServedMount.serving(files)) {
      Notifier notifier = files.notifier();

      assertThat(mount.mount().connection().version().minor()).isGreaterThanOrEqualTo(45);
      assertThat(notifier.invalidateData(UNKNOWN).get()).isFalse();
      assertThat(notifier.invalidateAttributes(UNKNOWN).get()).isFalse();
      assertThat(notifier.invalidateEntry(ROOT, NAME).get()).isFalse();
      assertThat(notifier.expireEntry(UNKNOWN, NAME).get()).isFalse();
      assertThat(notifier.store(UNKNOWN, 0, Unpooled.copiedBuffer("x", US_ASCII)).get()).isFalse();
      assertThat(notifier.retrieve(UNKNOWN, 0, 10).get()).isEmpty();
      assertThat(notifier.delete(ROOT, UNKNOWN, NAME).get()).isFalse();
      assertThat(notifier.pollWakeup(UNKNOWN)).succeedsWithin(1, TimeUnit.MINUTES);
      assertThat(notifier.prune(List.of(UNKNOWN))).succeedsWithin(1, TimeUnit.MINUTES);
    }
  }

  @Test
  void storedDataIsReadWithoutAsking() throws Exception {
    OneFile file = files.put("file", "short\n");
    String stored = "stored text, longer\n";
    try (ServedMount mount = ServedMount.serving(files)) {
      stat(mount, "%s");
      file.text = stored;

      assertThat(
              files.notifier().store(file.nodeid, 0, Unpooled.copiedBuffer(stored, US_ASCII)).get())
          .isTrue();

      assertThat(cat(mount)).isEqualTo(stored);
      assertThat(file.reads).hasValue(0);
    }
  }

  @Test
  void cachedDataIsRetrieved() throws Exception {
    String text = "x".repeat(5000) + "the end\n";
    OneFile file = files.put("file", text);
    try (ServedMount mount = ServedMount.serving(files)) {
      Notifier notifier = files.notifier();
      stat(mount, "%s");
      assertThat(notifier.retrieve(file.nodeid, 0, 10_000).get()).as("before a read").isEmpty();
      cat(mount);

      assertThat(new String(notifier.retrieve(file.nodeid, 0, 10_000).get(), US_ASCII))
          .isEqualTo(text);
      assertThat(new String(notifier.retrieve(file.nodeid, 5000, 3).get(), US_ASCII))
          .isEqualTo("the");
    }
  }

  @Test
  @NeedsPrograms("python3")
  void aDeletedNameIsGoneAndItsWatchersAreTold() throws Exception {
    OneFile file = files.put("file", "text\n");
    try (ServedMount mount = ServedMount.serving(files);
        RunningCommand watcher = Command.python("watch.py", mount.path().resolve("file")).start()) {
      watcher.awaitText("watching");
      files.remove("file");

      assertThat(files.notifier().delete(ROOT, file.nodeid, NAME).get()).isTrue();

      assertThat(watcher.await().requireSuccess().out()).contains("DELETE_SELF");
      assertThat(Command.of("cat", mount.path().resolve("file")).run().status()).isEqualTo(1);
      assertThat(file.lookups).hasValue(1);
    }
  }

  @Test
  void afterANewEpochAllNamesAreLookedUpAgain() throws Exception {
    OneFile file = files.put("file", "text\n");
    OneFile other = files.put("other", "text\n");
    try (ServedMount mount = ServedMount.serving(files)) {
      Command lookUp = Command.shell("cat file other; cat file other").in(mount.path());
      lookUp.output();
      assertThat(file.lookups).hasValue(1);

      files.notifier().incrementEpoch().get();

      lookUp.output();
      assertThat(file.lookups).hasValue(2);
      assertThat(other.lookups).hasValue(2);
    }
  }

  @Test
  void prunedInodesAreForgottenUnlessTheyAreInUse() throws Exception {
    OneFile file = files.put("file", "text\n");
    OneFile used = files.put("used", "text\n");
    try (ServedMount mount = ServedMount.serving(files);
        RunningCommand user =
            Command.shell("exec 3<used; echo open; sleep 60").in(mount.path()).start()) {
      user.awaitText("open");
      cat(mount);

      files.notifier().prune(List.of(file.nodeid, used.nodeid)).get();

      Waiting.until("the inode is forgotten", () -> files.forgotten().contains(file.nodeid));
      assertThat(files.forgotten()).doesNotContain(used.nodeid);
    }
  }

  @Test
  @NeedsPrograms("python3")
  void whoPollsIsWoken() throws Exception {
    BlockingQueue<Poll> polls = new LinkedBlockingQueue<>();
    ChangingFiles pollable =
        new ChangingFiles() {
          private volatile int ready;

          @Override
          public void poll(Poll request, PollReply reply) {
            reply.ready(ready & request.events());
            polls.add(request);
            ready = Libc.POLLIN;
          }
        };
    pollable.put("file", "text\n");
    try (ServedMount mount = ServedMount.serving(pollable);
        RunningCommand poller = Command.python("poll.py", mount.path().resolve("file")).start()) {
      Poll waits = polls.take();
      while ((waits.flags() & Poll.SCHEDULE_NOTIFY) == 0) {
        waits = polls.take();
      }
      assertThat(poller.isRunning()).isTrue();

      pollable.notifier().pollWakeup(waits.kh()).get();

      assertThat(poller.await().requireSuccess().out()).isEqualTo("waiting\nPOLLIN\n");
    }
  }

  /** READs that a test answers. */
  private static final class SlowFiles extends ChangingFiles {
    final BlockingQueue<Runnable> answers = new LinkedBlockingQueue<>();

    @Override
    public void read(Read request, DataReply reply) {
      answers.add(() -> super.read(request, reply));
    }
  }

  @Test
  void aRequestThatIsResentIsAnsweredOnceByWhatWorksOnItAlready() throws Exception {
    SlowFiles slow = new SlowFiles();
    OneFile file = slow.put("file", "text\n");
    try (ServedMount mount = ServedMount.serving(slow);
        RunningCommand reader = Command.of("cat", mount.path().resolve("file")).start()) {
      Runnable answer = slow.answers.take();
      for (int i = 0; i < 10; i++) {
        slow.notifier().resend().get();
      }
      // What comes after the resent request was read after it, at least on its loop.
      for (int i = 0; i < 20; i++) {
        Command.of("ls", mount.path().resolve("missing" + i)).run();
      }

      answer.run();

      assertThat(reader.await().requireSuccess().out()).isEqualTo("text\n");
      assertThat(file.reads).hasValue(1);
      assertThat(slow.answers).isEmpty();
    }
  }

  /** The kernel waits for the locked page in the write; that thread is nobody else's. */
  @Test
  void aNotificationThatTheKernelHoldsUpHoldsUpNobodyElse() throws Exception {
    SlowFiles slow = new SlowFiles();
    OneFile file = slow.put("file", "text\n");
    try (ServedMount mount = ServedMount.serving(slow);
        RunningCommand reader = Command.of("cat", mount.path().resolve("file")).start()) {
      Runnable answer = slow.answers.take();
      CompletableFuture<Boolean> held = slow.notifier().invalidateData(file.nodeid);
      CompletableFuture<Boolean> behind = slow.notifier().invalidateAttributes(file.nodeid);
      for (int i = 0; i < 20; i++) {
        Command.of("ls", mount.path().resolve("missing" + i)).run();
      }
      assertThat(held).isNotDone();

      answer.run();

      assertThat(held.get()).isTrue();
      assertThat(behind.get()).isTrue();
      while (reader.isRunning()) { // what it read was invalid at once
        Runnable again = slow.answers.poll(10, TimeUnit.MILLISECONDS);
        if (again != null) {
          again.run();
        }
      }
    }
  }

  /** The readers try again when their READs fail: for them nobody is there to answer any more. */
  @Test
  void aNotificationThatTheKernelHoldsUpEndsWithTheMount() throws Exception {
    SlowFiles slow = new SlowFiles();
    OneFile file = slow.put("file", "x".repeat(1 << 20));
    CompletableFuture<Boolean> held;
    try (ServedMount mount = ServedMount.serving(slow);
        RunningCommand reader =
            Command.shell("for i in $(seq 8); do cat file & done; wait").in(mount.path()).start()) {
      Runnable never = slow.answers.take();
      try {
        held = slow.notifier().invalidateData(file.nodeid);
        assertThat(reader.isRunning()).isTrue();
        mount.mount().close();
        reader.await();
      } finally {
        Reference.reachabilityFence(never); // a reply that is dropped would answer
      }
    }

    assertThat(held).isDone();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().contains("notify"));
    assertThat(slow.notifier().invalidateData(file.nodeid)).isCompletedExceptionally();
  }
}
