package dev.fused.conformance.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class ReplayCommandTest {
  /** Of the first packet. */
  private static final int FIRST_MESSAGE = 24 + 16 + 8;

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path capture;
  private byte[] bytes;

  @BeforeEach
  void unpack() throws IOException {
    capture = directory.resolve("capture");
    try (InputStream zipped = getClass().getResourceAsStream("/captures/sqlite.pcap.gz")) {
      bytes = new GZIPInputStream(zipped).readAllBytes();
    }
    Files.write(capture, bytes);
  }

  private int run(Object... arguments) {
    CommandLine command = new CommandLine(new ReplayCommand());
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    command.setExecutionExceptionHandler(
        (e, line, _) -> {
          line.getErr().println(e.getMessage());
          return 99;
        });
    return command.execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
  }

  @Test
  void aCaptureThatReplaysEndsWithStatus0() {
    assertThat(run(capture, "-o", "size=64m,inodes=10k")).isZero();
    assertThat(out.toString()).contains("replies compared: no difference");
    assertThat(err.toString()).isEmpty();
  }

  /** Another size shows in STATFS, which SQLite does not ask for; other locks show in FLUSH. */
  @Test
  void aFileSystemWithOtherOptionsEndsWithStatus1AndTheFirstDifference() {
    assertThat(run(capture, "-o", "size=64m,inodes=10k,mode=700")).isEqualTo(1);
    assertThat(out.toString())
        .contains(": the reply differs", "attr.mode: expected 041777, got 040700", "one differs;");
    assertThat(out.toString().split("the reply differs", -1)).hasSize(2);
  }

  @Test
  void allGoesOn() {
    assertThat(run(capture, "--all", "-o", "size=64m,inodes=10k,uid=5")).isEqualTo(1);
    assertThat(out.toString()).contains("attr.uid: expected 0, got 5").doesNotContain("stopped");
  }

  @Test
  void aFileThatEndsWithinAMessageIsReplayedUpToThere() throws IOException {
    Files.write(capture, Arrays.copyOf(bytes, bytes.length / 2));

    assertThat(run(capture, "-o", "size=64m,inodes=10k")).isZero();
    assertThat(out.toString()).contains("note: the file ends within a message, at byte ");
  }

  @Test
  void whatIsNoCaptureIsASentenceAndStatus2() throws IOException {
    assertThat(run(directory.resolve("missing"))).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo("fused: there is no file %s/missing%n".formatted(directory));

    Files.writeString(capture, "This is a text file and no capture.");
    assertThat(run(capture)).isEqualTo(2);
    assertThat(err.toString()).contains(capture + ": byte 0: this is no pcap file");

    assertThat(run(directory)).isEqualTo(2);
    assertThat(err.toString()).doesNotContain("\tat ");
  }

  @Test
  void damageInTheMiddleIsASentenceAndStatus2() throws IOException {
    bytes[bytes.length / 2] ^= 1;
    int at = FIRST_MESSAGE;
    // The length in the second packet's message.
    int second = at + Byte.toUnsignedInt(bytes[at]) + 24;
    bytes[second] ^= 1;
    Files.write(capture, bytes);

    assertThat(run(capture)).isEqualTo(2);
    assertThat(err.toString()).contains(": the message of packet 2 has ", "but says that it has");
  }

  @Test
  void aCaptureWithoutItsBeginningIsRefused() throws IOException {
    bytes[FIRST_MESSAGE + 4] = 3; // GETATTR instead of INIT
    Files.write(capture, bytes);

    assertThat(run(capture)).isEqualTo(2);
    assertThat(err.toString()).contains("packet 1: the capture does not begin with INIT");
  }

  @Test
  void aServerThatCannotBeginIsADifference() {
    assertThat(run(capture, "--timeout", "5", "--server", "echo no {fd}")).isEqualTo(1);
    assertThat(out.toString()).contains("said: no /dev/fd/3");
  }
}
