package dev.fused.it.support;

import dev.fused.it.support.Command.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The program {@code fused} in the foreground, serving a memory file system on a directory of its
 * own. Closing it sends SIGTERM, after which the program must end with status 0, must have
 * unmounted and must have had nothing to warn of.
 */
public final class DaemonMount implements AutoCloseable {
  private final MountDirectory directory;
  private final RunningCommand server;
  private boolean closed;

  private DaemonMount(MountDirectory directory, RunningCommand server) {
    this.directory = directory;
    this.server = server;
  }

  /** Mounts, with further arguments of {@code fused mount}; returns when the mount answers. */
  public static DaemonMount start(Object... arguments) {
    return startWith("", arguments);
  }

  /** The same in a JVM with further flags. */
  public static DaemonMount startWith(String javaOptions, Object... arguments) {
    MountDirectory directory = MountDirectory.create();
    List<Object> words = new ArrayList<>(List.of("mount", "-f", directory.path()));
    words.addAll(TestTransport.arguments());
    words.addAll(List.of(arguments));
    RunningCommand server =
        Launcher.command(words.toArray()).with("JDK_JAVA_OPTIONS", javaOptions).start();
    DaemonMount mount = new DaemonMount(directory, server);
    try {
      server.awaitText("mounted " + directory.path());
      return mount;
    } catch (AssertionError e) {
      mount.kill();
      throw e;
    }
  }

  public Path path() {
    return directory.path();
  }

  public MountDirectory directory() {
    return directory;
  }

  public RunningCommand server() {
    return server;
  }

  /** Waits for the program, whose mount has been ended, and requires that all went well. */
  public void requireOrderlyEnd() {
    Result result = server.await();
    if (result.status() != 0 || directory.mounted().isPresent()) {
      throw new AssertionError("no orderly end: " + directory.mounted() + "\n" + result);
    }
    if (result.err().lines().anyMatch(DaemonMount::isComplaint)) {
      throw new AssertionError("the server complained: " + result);
    }
  }

  private static boolean isComplaint(String line) {
    return line.startsWith("WARN") || line.startsWith("ERROR");
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (server.isRunning()) {
        server.signal("TERM");
        server.awaitEnd(Duration.ofSeconds(30));
      }
      if (server.isRunning()) {
        throw new AssertionError("does not end after SIGTERM:\n" + server.out() + server.err());
      }
      requireOrderlyEnd();
    } finally {
      kill();
    }
  }

  /** Removes all that is left, without asking whether anything is wrong, now or at the end. */
  public void kill() {
    closed = true;
    server.close();
    directory.close();
  }
}
