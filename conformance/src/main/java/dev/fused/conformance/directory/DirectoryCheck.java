package dev.fused.conformance.directory;

import dev.fused.conformance.Result;
import dev.fused.conformance.Result.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs laws in a directory, by one process of Python for all. It makes a directory of its own
 * there, which is removed at the end, also when this process is told to end (SIGINT, SIGTERM). One
 * thread at a time.
 */
public final class DirectoryCheck implements AutoCloseable {
  /** What {@code run.py} ends with if the directory cannot be used. */
  private static final int UNUSABLE = 2;

  /** What it ends with if Python is too old. */
  private static final int TOO_OLD = 3;

  /** What it ends with after SIGHUP, SIGINT and SIGTERM. */
  private static final Set<Integer> TOLD_TO_END = Set.of(129, 130, 143);

  private static final String INSTALL =
      "the laws of directories are run by Python: install Python 3.9 or later as python3,"
          + " for example by apt-get install python3";

  /** More than the runner takes to end its processes, and to remove its directory. */
  private static final Duration GRACE = Duration.ofSeconds(25);

  private static final int LAST_WORDS = 2000;

  private final Path directory;
  private final DirectoryColumn column;
  private final Duration timeLimit;
  private final List<String> python;
  private final Path scripts;
  private final Path words;

  private volatile @Nullable String workplace;
  private @Nullable String leftBehind;

  /** What is told of a run. */
  public interface Listener {
    /** A law begins. */
    void running(DirectoryLaw law);

    /** A law has ended. */
    void ended(Result result);
  }

  /**
   * Prepares to run laws.
   *
   * @param timeLimit after which a law is ended, with all processes that it has started, and failed
   * @throws IOException if there is no such directory, or none for temporary files
   */
  public DirectoryCheck(Path directory, Duration timeLimit) throws IOException {
    this(directory, timeLimit, List.of("python3"));
  }

  /**
   * @param python the command that is Python
   */
  DirectoryCheck(Path directory, Duration timeLimit, List<String> python) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is not a directory: name one that exists");
    }
    this.directory = directory;
    this.timeLimit = timeLimit;
    this.python = List.copyOf(python);
    column = DirectoryColumn.of(directory);
    scripts = Files.createTempDirectory("fused-conformance");
    words = scripts.resolve("words");
  }

  /** What is checked. */
  public DirectoryColumn column() {
    return column;
  }

  /** Why the directory that was made is still there, if it could not be removed. */
  public @Nullable String leftBehind() {
    return leftBehind;
  }

  /**
   * Runs laws, in the order of their topics. Those that could not be run, because Python came to an
   * unexpected end, have failed.
   *
   * @throws IOException if no law can be run, or a signal ended this; the message is a sentence
   */
  public void run(List<DirectoryLaw> laws, Listener listener) throws IOException {
    LawScripts.extractTo(scripts);
    Map<String, DirectoryLaw> waiting = new HashMap<>();
    laws.forEach(law -> waiting.put(law.fullName(), law));
    Process process = start(laws);
    Thread hook = Thread.ofPlatform().name("fused conformance end").unstarted(() -> end(process));
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      follow(process, waiting, listener);
      int status = process.waitFor();
      if (workplace == null && status != 0) {
        throw new IOException(refusal(status));
      }
      if (TOLD_TO_END.contains(status)) {
        throw new IOException("the check was told to end, and has removed what it had made");
      }
      if (status == UNUSABLE) {
        leftBehind = "cannot remove what was made there: " + lastWords();
      }
      for (DirectoryLaw law : laws) {
        if (waiting.containsKey(law.fullName())) {
          String reason = "not run: Python ended with status " + status + " and said: ";
          listener.ended(result(law, Outcome.FAILED, reason + lastWords(), Duration.ZERO));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while laws were running in " + directory, e);
    } finally {
      removeHook(hook);
      end(process);
    }
  }

  private Process start(List<DirectoryLaw> laws) throws IOException {
    List<String> command = new ArrayList<>(python);
    command.addAll(List.of("-B", "-E", "-s", scripts.resolve(LawScripts.RUNNER).toString()));
    command.add(directory.toAbsolutePath().toString());
    command.add(Double.toString(timeLimit.toNanos() / 1e9));
    command.add(String.join(",", LawScripts.TOPICS.stream().map(LawScripts::scriptOf).toList()));
    laws.forEach(law -> command.add(law.fullName()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(words.toFile());
    builder.environment().put("LC_ALL", "C.UTF-8");
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return process;
    } catch (IOException e) {
      throw new IOException(python.getFirst() + " cannot be started: " + INSTALL, e);
    }
  }

  private void follow(Process process, Map<String, DirectoryLaw> waiting, Listener listener)
      throws IOException {
    BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      switch (parsed(line)) {
        case RunnerLine.Directory(String path) -> workplace = path;
        case RunnerLine.Running(String topic, String name) ->
            listener.running(known(waiting.get(topic + "." + name), line));
        case RunnerLine.Ended(
                String topic,
                String name,
                Outcome outcome,
                Duration time,
                String reason) ->
            listener.ended(
                result(known(waiting.remove(topic + "." + name), line), outcome, reason, time));
      }
    }
  }

  private static RunnerLine parsed(String line) throws IOException {
    try {
      return RunnerLine.parse(line);
    } catch (IllegalArgumentException e) {
      throw new IOException("Python does not run as it should: " + e.getMessage(), e);
    }
  }

  private static DirectoryLaw known(@Nullable DirectoryLaw law, String line) {
    if (law == null) {
      throw new IllegalStateException("a law that was not asked for: " + line);
    }
    return law;
  }

  private Result result(DirectoryLaw law, Outcome outcome, String reason, Duration time) {
    return new Result(law, column, outcome, reason, time);
  }

  private String refusal(int status) {
    return switch (status) {
      case UNUSABLE -> "no directory can be made in " + directory + ": " + lastWords();
      case TOO_OLD -> lastWords() + ": " + INSTALL;
      default -> "Python ended with status " + status + " and said: " + lastWords();
    };
  }

  private String lastWords() {
    try {
      byte[] said = Files.readAllBytes(words);
      int start = Math.max(0, said.length - LAST_WORDS);
      return new String(said, start, said.length - start, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "nothing that can be read: " + e.getMessage();
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // It runs already, or is about to.
    }
  }

  /** Lets the runner end, and remove its directory. */
  private void end(Process process) {
    try {
      process.destroy();
      if (!process.waitFor(GRACE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        System.err.printf("fused: did not end in time, look for what is left in %s%n", workplace);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close();
    }
  }

  /** Removes the temporary files; more than once does no harm. */
  @Override
  public void close() {
    try (Stream<Path> files = Files.list(scripts)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(scripts);
    } catch (IOException e) {
      if (Files.exists(scripts)) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
