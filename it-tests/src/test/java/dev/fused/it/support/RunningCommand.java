package dev.fused.it.support;

import dev.fused.it.support.Command.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program that runs. Closing it kills it, with its children, if it has not ended; its output is
 * gone then.
 */
public final class RunningCommand implements AutoCloseable {
  private final Command command;
  private final Process process;
  private final Path scratch;

  RunningCommand(Command command, Process process, Path scratch) {
    this.command = command;
    this.process = process;
    this.scratch = scratch;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  /** Sends a signal, by its name without "SIG". */
  public void signal(String name) {
    Command.shell("kill -" + name + " " + pid()).output();
  }

  /** Waits for the end; a program that goes beyond its time limit is a failure. */
  public Result await() {
    if (!awaitEnd(command.timeLimit())) {
      throw new AssertionError(
          "%s%nstill runs after %s%n%s%s".formatted(command, command.timeLimit(), out(), err()));
    }
    return new Result(command, process.exitValue(), out(), err());
  }

  /** Waits for the end at most as long as {@code bound}; false if the program still runs. */
  public boolean awaitEnd(Duration bound) {
    try {
      return process.waitFor(bound.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Waits until the program has written {@code text} to either stream. */
  public void awaitText(String text) {
    Waiting.until(
        () -> out().contains(text) || err().contains(text) || !isRunning(), command.timeLimit());
    if (!out().contains(text) && !err().contains(text)) {
      throw new AssertionError(
          "%s%nnever wrote \"%s\"%n%s%s".formatted(command, text, out(), err()));
    }
  }

  /** What was written to standard output so far. */
  public String out() {
    return read("out");
  }

  /** What was written to standard error so far. */
  public String err() {
    return read("err");
  }

  private String read(String stream) {
    try {
      return Files.readString(scratch.resolve(stream), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    List<ProcessHandle> descendants = process.descendants().toList();
    process.destroyForcibly();
    descendants.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(Duration.ofSeconds(5));
    try {
      for (String file : new String[] {"in", "out", "err"}) {
        Files.deleteIfExists(scratch.resolve(file));
      }
      Files.deleteIfExists(scratch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
