package dev.fused.it.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.DaemonMount;
import dev.fused.it.support.NeedsMount;
import dev.fused.it.support.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests in a recording of Java Flight Recorder. */
@NeedsMount
final class FlightRecorderIT {
  private static final String NAME = "fused.Request";

  @TempDir Path scratch;

  @Test
  void aRecordingThatAsksForThemHasTheRequests() throws IOException {
    Path file = scratch.resolve("on.jfr");
    try (DaemonMount mount = DaemonMount.start("--size", "1m")) {
      jcmd(mount, "JFR.start", "name=requests", "+" + NAME + "#enabled=true");
      Command.shell("mkdir made; ! rmdir absent; ! head -c 2m /dev/zero >full; sync -d full")
          .in(mount.path())
          .output();
      // The event follows the answer.
      Waiting.until(
          "the request is recorded",
          () -> {
            jcmd(mount, "JFR.dump", "name=requests", "filename=" + file);
            return requests(file).stream().anyMatch(event -> isFailed(event, "WRITE", "ENOSPC"));
          });
    }

    RecordedEvent made = named(requests(file), "MKDIR");
    assertThat(made.getLong("nodeid")).isEqualTo(1);
    assertThat(made.getInt("uid")).isZero();
    assertThat(made.getInt("pid")).isPositive();
    assertThat(made.getString("error")).isNull();
    assertThat(made.getDuration()).isPositive().isLessThan(Duration.ofMinutes(1));
    assertThat(made.getThread().getJavaName()).startsWith("fused ");
    assertThat(named(requests(file), "WRITE").getInt("bytes")).isPositive();
  }

  @Test
  void otherRecordingsHaveNone() throws IOException {
    Path file = scratch.resolve("off.jfr");
    try (DaemonMount mount = DaemonMount.start()) {
      jcmd(mount, "JFR.start", "name=default", "settings=profile");
      Command.shell("mkdir made").in(mount.path()).output();
      jcmd(mount, "JFR.dump", "name=default", "filename=" + file);
    }

    assertThat(requests(file)).isEmpty();
  }

  /** SIGTERM ends the JVM in a way of its own, which must not lose what was recorded. */
  @Test
  void aRecordingFromTheStartIsWrittenAtTheEnd() throws IOException {
    Path file = scratch.resolve("whole.jfr");
    String flag = "-XX:StartFlightRecording:filename=" + file + ",+" + NAME + "#enabled=true";
    try (DaemonMount mount = DaemonMount.startWith(flag)) {
      Command.shell("mkdir made").in(mount.path()).output();
    }

    assertThat(file).exists();
    assertThat(named(requests(file), "MKDIR").getLong("nodeid")).isEqualTo(1);
  }

  private static boolean isFailed(RecordedEvent event, String opcode, String error) {
    return event.getString("opcode").equals(opcode) && error.equals(event.getString("error"));
  }

  private static RecordedEvent named(List<RecordedEvent> requests, String opcode) {
    return requests.stream()
        .filter(event -> event.getString("opcode").equals(opcode))
        .findFirst()
        .orElseThrow();
  }

  private static List<RecordedEvent> requests(Path file) {
    try {
      return Files.size(file) == 0
          ? List.of()
          : RecordingFile.readAllEvents(file).stream()
              .filter(event -> event.getEventType().getName().equals(NAME))
              .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void jcmd(DaemonMount mount, String... arguments) {
    Object[] words = new Object[arguments.length + 2];
    words[0] = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    words[1] = mount.server().pid();
    System.arraycopy(arguments, 0, words, 2, arguments.length);
    Command.of(words).output();
  }
}
