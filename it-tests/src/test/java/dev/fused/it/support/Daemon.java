package dev.fused.it.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command.Result;
import dev.fused.server.mount.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A mount that {@code fused mount} made and left, with a server in the background. Closing it kills
 * that server, if it still runs, and removes the mount.
 */
public final class Daemon implements AutoCloseable {
  private final MountDirectory directory;
  private final ProcessHandle server;
  private final String said;
  private final Path log;

  private Daemon(MountDirectory directory, ProcessHandle server, String said, Path log) {
    this.directory = directory;
    this.server = server;
    this.said = said;
    this.log = log;
  }

  /** Runs {@code fused mount}, which must succeed. */
  public static Daemon mount(Object... arguments) {
    MountDirectory directory = MountDirectory.create();
    try {
      Path log = Files.createTempFile("fused-it", ".log");
      List<Object> words = new ArrayList<>(List.of("mount", directory.path(), "--log-file", log));
      words.addAll(TestTransport.arguments());
      words.addAll(List.of(arguments));
      Result result = Launcher.command(words.toArray()).run().requireSuccess();
      long pid =
          ServerProcess.ofConnection(directory.mounted().orElseThrow().connection()).orElseThrow();
      return new Daemon(directory, ProcessHandle.of(pid).orElseThrow(), result.out(), log);
    } catch (IOException e) {
      directory.close();
      throw new UncheckedIOException(e);
    } catch (RuntimeException | AssertionError e) {
      directory.close();
      throw e;
    }
  }

  public Path path() {
    return directory.path();
  }

  public MountDirectory directory() {
    return directory;
  }

  /** The process that serves. */
  public ProcessHandle server() {
    return server;
  }

  /** What {@code fused mount} wrote to standard output. */
  public String said() {
    return said;
  }

  /** What the server has logged so far. */
  public String logged() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a signal to the server, by its name without "SIG". */
  public void signal(String name) {
    Command.shell("kill -" + name + " " + server.pid()).output();
  }

  /** Waits until the server has ended, and requires that the mount is gone. */
  public void requireEnd() {
    Waiting.until("the server has ended; it logged " + logged(), () -> !server.isAlive());
    assertThat(directory.mounted()).isEmpty();
  }

  @Override
  public void close() {
    server.destroyForcibly();
    directory.close();
    try {
      Files.delete(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
