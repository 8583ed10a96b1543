package dev.fused.daemon;

import dev.fused.server.linux.UnsupportedPlatformException;
import java.io.IOException;
import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The command line of {@code fused}. */
@Command(
    name = "fused",
    description = "Mounts file systems that are served over FUSE, in pure Java.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    footer = {
      "",
      "Exit status: 0 success, 1 the command failed, 2 wrong usage.",
      "A command's own help: fused COMMAND --help"
    })
public final class Fused {
  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  private Fused() {}

  public static void main(String[] args) {
    System.exit(run(args));
  }

  /** Runs a command and returns its exit status. */
  public static int run(String... args) {
    try {
      return execute(args);
    } catch (Error e) {
      // The JVM itself opens files, and wraps what goes wrong in errors of many kinds.
      if (!lacksDescriptors(e)) {
        throw e;
      }
      System.err.println("fused: cannot start: too many open files; raise their limit (ulimit -n)");
      return FAILED;
    }
  }

  private static boolean lacksDescriptors(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (String.valueOf(each.getMessage()).contains("Too many open files")) {
        return true;
      }
    }
    return false;
  }

  private static int execute(String... args) {
    DaemonLogging.toStandardError(false, LogFormat.TEXT);
    // The other commands take longer to set up than all else that a mount needs of the command
    // line.
    boolean mounts = args.length > 0 && args[0].equals("mount");
    return (mounts ? handlingErrors(withMount()) : commandLine()).execute(args);
  }

  private static CommandLine withMount() {
    CommandLine commandLine = new CommandLine(new Fused());
    commandLine.addSubcommand(MountCommand.commandLine());
    return commandLine;
  }

  static CommandLine commandLine() {
    CommandLine commandLine = withMount();
    commandLine.addSubcommand(new UnmountCommand());
    commandLine.addSubcommand(new ListCommand());
    commandLine.addSubcommand(new StatusCommand());
    commandLine.addSubcommand(new TopCommand());
    commandLine.addSubcommand(new DoctorCommand());
    commandLine.addSubcommand(new LogCommand());
    commandLine.addSubcommand(new AbortCommand());
    ServiceLoader.load(Subcommand.class).forEach(commandLine::addSubcommand);
    return handlingErrors(commandLine);
  }

  private static CommandLine handlingErrors(CommandLine commandLine) {
    commandLine.setParameterExceptionHandler(Fused::wrongUsage);
    commandLine.setExecutionExceptionHandler(Fused::failed);
    return commandLine;
  }

  private static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    command.getErr().println("fused: " + e.getMessage());
    command.getErr().println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
    return WRONG_USAGE;
  }

  /** What users cause is one sentence; anything else is ours and needs its stack trace. */
  private static int failed(Exception e, CommandLine command, CommandLine.ParseResult result) {
    if (e instanceof IOException
        || e instanceof IllegalArgumentException
        || e instanceof UnsupportedPlatformException) {
      command.getErr().println("fused: " + e.getMessage());
    } else {
      e.printStackTrace(command.getErr());
    }
    return e instanceof IllegalArgumentException ? WRONG_USAGE : FAILED;
  }
}
