package dev.fused.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.FileAppender;
import dev.fused.server.linux.CallThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogRotationTest {
  @TempDir Path directory;

  private final List<String> onThreads = new ArrayList<>();

  /** Threads of the test that say when they are asked. */
  private final CallThreads threads =
      new CallThreads() {
        @Override
        public void start(String name, Runnable call) {
          throw new AssertionError("nothing here hangs");
        }

        @Override
        public <T> T call(Call<T> call) throws IOException {
          onThreads.add("called");
          return call.call();
        }
      };

  @Test
  void theNextLogIsBegunWhereThreadsMay() throws IOException {
    LoggerContext context = new LoggerContext();
    Path file = Files.writeString(directory.resolve("mnt.log"), "full\n");
    FileAppender<Object> appender = new FileAppender<>();
    appender.setFile(file.toString());
    LogRotation rotation = new LogRotation();
    rotation.setContext(context);
    rotation.setParent(appender);
    rotation.setFileNamePattern(file + ".%i");
    rotation.start();
    rotation.callOn(threads);

    rotation.rollover();

    assertThat(onThreads).containsExactly("called");
    assertThat(file).isEmptyFile();
    assertThat(directory.resolve("mnt.log.1")).hasContent("full\n");
  }
}
