package dev.fused.it.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.MountDirectory;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.Waiting;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The example of the README, run as a reader would run it. */
@NeedsMount
final class HelloFileSystemIT {
  @Test
  void itShowsOneFileThatCanOnlyBeRead() throws Exception {
    try (MountDirectory directory = MountDirectory.create()) {
      FutureTask<Void> serving =
          new FutureTask<>(
              () -> {
                HelloFileSystem.main(new String[] {directory.path().toString()});
                return null;
              });
      Thread.ofPlatform().start(serving);
      Waiting.until("it is mounted", () -> serving.isDone() || directory.mounted().isPresent());
      failIfDone(serving);

      assertThat(Command.of("ls", "-l", directory.path()).output())
          .containsPattern("-r--r--r-- 1 root root 16 .* hello\n$");
      assertThat(Command.of("cat", directory.path().resolve("hello")).output())
          .isEqualTo("Hello from Java\n");
      assertThat(Command.of("tail", "-c", "5", directory.path().resolve("hello")).output())
          .isEqualTo("Java\n");
      assertThat(Command.of("cat", directory.path().resolve("other")).run().err())
          .contains("No such file or directory");
      assertThat(Command.of("touch", directory.path().resolve("hello")).run().err())
          .contains("Read-only file system");

      Command.of("umount", directory.path()).output();
      serving.get(30, TimeUnit.SECONDS);
    }
  }

  private static void failIfDone(FutureTask<Void> serving)
      throws InterruptedException, ExecutionException {
    if (serving.isDone()) {
      serving.get();
    }
  }
}
