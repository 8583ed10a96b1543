package dev.fused.it.support;

import java.nio.file.Path;

/** The script {@code fused} at the top of the source tree. */
public final class Launcher {
  private static final Path SCRIPT =
      Path.of(System.getProperty("fused.launcher", "../fused")).toAbsolutePath().normalize();

  private Launcher() {}

  /** The top of the source tree. */
  public static Path home() {
    return SCRIPT.getParent();
  }

  /** The script itself, for a command that only begins with another program. */
  public static Path script() {
    return SCRIPT;
  }

  /** {@code fused} with arguments, on the Java that runs the tests. */
  public static Command command(Object... arguments) {
    Object[] words = new Object[arguments.length + 1];
    words[0] = SCRIPT;
    System.arraycopy(arguments, 0, words, 1, arguments.length);
    return Command.of(words).with("FUSED_JAVA_HOME", System.getProperty("java.home"));
  }
}
