package dev.fused.it.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A program to run: with a time limit, in an environment that is the same everywhere, its output
 * kept for the message of a failure.
 */
public final class Command {
  private static final Duration TIME_LIMIT = Duration.ofMinutes(2);
  private static final List<Path> PATH =
      Arrays.stream("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".split(":", -1))
          .map(Path::of)
          .toList();

  private final List<String> words;
  private final Map<String, String> environment = new TreeMap<>();
  private Path directory = Path.of("/");
  private Duration timeLimit = TIME_LIMIT;
  private String input = "";

  private Command(List<String> words) {
    this.words = words;
    environment.put("PATH", String.join(":", PATH.stream().map(Path::toString).toList()));
    environment.put("HOME", "/nonexistent");
    environment.put("LC_ALL", "C");
    environment.put("TZ", "UTC");
  }

  /** A program and its arguments, as they are: no shell comes between. */
  public static Command of(Object... words) {
    return new Command(Arrays.stream(words).map(Object::toString).toList());
  }

  /** The same by the user nobody, who has no capability. */
  public static Command asNobody(Object... words) {
    List<Object> all =
        new ArrayList<>(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    all.addAll(List.of(words));
    return of(all.toArray());
  }

  /** Lines for bash, which stops at the first that fails. */
  public static Command shell(String script) {
    return of("bash", "-euo", "pipefail", "-c", script);
  }

  /** A script of {@code src/test/resources/python}, which may import those of {@link Laws}. */
  public static Command python(String script, Object... arguments) {
    Object[] words = new Object[arguments.length + 3];
    words[0] = "python3";
    words[1] = "-B";
    words[2] = Resources.path("python/" + script);
    System.arraycopy(arguments, 0, words, 3, arguments.length);
    return of(words).with("PYTHONPATH", Laws.scripts().toString());
  }

  /** True if a program is where {@link #of} finds it. */
  static boolean isInstalled(String program) {
    return PATH.stream().anyMatch(directory -> Files.isExecutable(directory.resolve(program)));
  }

  /** Sets the working directory; the root by default. */
  public Command in(Path directory) {
    this.directory = directory;
    return this;
  }

  public Command with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** What the program reads; nothing by default. */
  public Command reading(String input) {
    this.input = input;
    return this;
  }

  /** After which the program is killed and the test fails; two minutes by default. */
  public Command within(Duration timeLimit) {
    this.timeLimit = timeLimit;
    return this;
  }

  /** Starts the program and returns. */
  public RunningCommand start() {
    try {
      Path scratch = Files.createTempDirectory("fused-command");
      Path in = Files.writeString(scratch.resolve("in"), input, StandardCharsets.UTF_8);
      ProcessBuilder builder =
          new ProcessBuilder(withDefaultSignals())
              .directory(directory.toFile())
              .redirectInput(in.toFile())
              .redirectOutput(scratch.resolve("out").toFile())
              .redirectError(scratch.resolve("err").toFile());
      builder.environment().clear();
      builder.environment().putAll(environment);
      return new RunningCommand(this, builder.start(), scratch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A shell that runs the tests in its background ignores SIGINT, and the program inherits that.
   */
  private List<String> withDefaultSignals() {
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT,QUIT"));
    command.addAll(words);
    return command;
  }

  /** Runs the program to its end, whatever its status. */
  public Result run() {
    try (RunningCommand running = start()) {
      return running.await();
    }
  }

  /** Runs the program, which must succeed, and returns what it wrote to standard output. */
  public String output() {
    return run().requireSuccess().out();
  }

  Duration timeLimit() {
    return timeLimit;
  }

  @Override
  public String toString() {
    return String.join(" ", words);
  }

  /**
   * How a program ended.
   *
   * @param status exit status; 128 and the signal's number if a signal ended it
   * @param out what it wrote to standard output, a character for a byte
   * @param err the same of standard error
   */
  public record Result(Command command, int status, String out, String err) {
    /** This result, if the status is 0. */
    public Result requireSuccess() {
      if (status != 0) {
        throw new AssertionError(this);
      }
      return this;
    }

    @Override
    public String toString() {
      return "%s%nstatus %d%n%s%s".formatted(command, status, out, err);
    }
  }
}
