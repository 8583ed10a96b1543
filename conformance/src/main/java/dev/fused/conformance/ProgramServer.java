package dev.fused.conformance;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.Libc;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Another program: it is started with the simulated kernel as an open descriptor, which its command
 * names as {@code /dev/fd/N}.
 */
public final class ProgramServer implements ServerUnderTest {
  /** What stands for the descriptor in a command. */
  public static final String DEVICE = "{fd}";

  /** The descriptor's number in the program. */
  private static final int DEVICE_FD = 3;

  private static final int LAST_WORDS = 2000;
  private static final Duration GRACE = Duration.ofMillis(500);
  private static final int STATUS_MASK = 0xff;
  private static final int SIGNAL_MASK = 0x7f;

  private final String command;

  /**
   * @param command for sh(1); {@link #DEVICE} becomes {@code /dev/fd/N}
   * @throws IllegalArgumentException if the command does not name the descriptor
   */
  public ProgramServer(String command) {
    if (!command.contains(DEVICE)) {
      throw new IllegalArgumentException(
          "the server's command must say where the descriptor goes: \"%s\" has no %s"
              .formatted(command, DEVICE));
    }
    this.command = command;
  }

  @Override
  public String describe() {
    return command;
  }

  @Override
  public Running start(int fd) throws IOException {
    try {
      Path output = Files.createTempFile("fused-conformance", ".log");
      // The shell opens the file, and has the descriptor already.
      String script =
          "exec </dev/null >\"$0\" 2>&1\n" + command.replace(DEVICE, "/dev/fd/" + DEVICE_FD);
      int pid = Libc.posixSpawn(List.of("/bin/sh", "-c", script, output.toString()), fd, DEVICE_FD);
      if (pid < 0) {
        Files.delete(output);
        throw new IOException("cannot start /bin/sh: " + Errno.describe(pid));
      }
      return new Program(pid, output);
    } finally {
      Libc.close(fd);
    }
  }

  /** A child of this process. */
  private static final class Program implements Running {
    private final int pid;
    private final Path output;
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();

    Program(int pid, Path output) {
      this.pid = pid;
      this.output = output;
      Thread.ofPlatform().daemon().name("fused conformance wait " + pid).start(this::reap);
    }

    private void reap() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment status = arena.allocate(JAVA_INT);
        int result = Libc.waitpid(pid, status.address());
        while (result == -Errno.EINTR.number()) {
          result = Libc.waitpid(pid, status.address());
        }
        ended.complete(result < 0 ? result : status.get(JAVA_INT, 0));
      }
    }

    @Override
    public boolean awaitEnd(Duration bound) throws InterruptedException {
      try {
        ended.get(bound.toNanos(), TimeUnit.NANOSECONDS);
        return true;
      } catch (TimeoutException e) {
        return false;
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public String status() {
      try {
        awaitEnd(GRACE); // it may be about to
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      Integer status = ended.getNow(null);
      String state;
      if (status == null) {
        state = "it still runs";
      } else if ((status & SIGNAL_MASK) != 0) {
        state = "it was ended by signal " + (status & SIGNAL_MASK);
      } else {
        state = "it ended with status " + (status >> Byte.SIZE & STATUS_MASK);
      }
      String words = lastWords();
      return words.isEmpty() ? state : state + " and said: " + words;
    }

    private String lastWords() {
      try {
        byte[] said = Files.readAllBytes(output);
        int start = Math.max(0, said.length - LAST_WORDS);
        return new String(said, start, said.length - start, StandardCharsets.UTF_8).strip();
      } catch (IOException e) {
        return "";
      }
    }

    @Override
    public void close() {
      // It may be about to end, as the device is closed.
      try {
        awaitEnd(GRACE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      ProcessHandle.of(pid)
          .filter(_ -> !ended.isDone())
          .ifPresent(
              process -> {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
              });
      ended.join();
      try {
        Files.deleteIfExists(output);
      } catch (IOException e) {
        // It is a file in the directory for temporary files, which others look after.
      }
    }
  }
}
