package dev.fused.conformance.command;

import dev.fused.conformance.InProcessServer;
import dev.fused.conformance.ProgramServer;
import dev.fused.conformance.ServerUnderTest;
import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.filesystem.OptionDescription;
import dev.fused.server.session.SessionOptions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which server is meant. */
final class ServerChoice {
  @Option(
      names = "--server",
      paramLabel = "COMMAND",
      description =
          "Starts another server; {fd} in the command becomes /dev/fd/N, the place that "
              + "libfuse's programs take for a mount point. It must stay in the foreground.")
  private @Nullable String command;

  @Option(
      names = "--file-system",
      paramLabel = "NAME",
      description = "Which file system of this program; memory by default.")
  private @Nullable String fileSystem;

  @Option(
      names = "-o",
      paramLabel = "OPTION",
      split = ",",
      description = "Options of that file system, such as locks=server.")
  private List<String> options = new ArrayList<>();

  /** True if any of the options is given. */
  boolean isMade() {
    return command != null || fileSystem != null || !options.isEmpty();
  }

  /**
   * The chosen server.
   *
   * @param clock for a file system of this program
   * @param sessionOptions for a server of this program
   * @throws IllegalArgumentException with a sentence if there is no such file system or option
   */
  ServerUnderTest server(InstantSource clock, SessionOptions sessionOptions) {
    if (command != null) {
      return new ProgramServer(command);
    }
    String name = fileSystem == null ? "memory" : fileSystem;
    FuseFileSystemProvider provider =
        ServiceLoader.load(FuseFileSystemProvider.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(found -> found.name().equals(name))
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException("there is no file system \"" + name + "\""));
    Map<String, String> values = new LinkedHashMap<>();
    for (String option : options) {
      int equals = option.indexOf('=');
      String key = equals < 0 ? option : option.substring(0, equals);
      if (provider.options().stream().noneMatch(known -> known.isNamed(key))) {
        throw new IllegalArgumentException(
            "the file system %s has no option \"%s\"; it has: %s"
                .formatted(
                    name,
                    key,
                    provider.options().stream()
                        .map(OptionDescription::name)
                        .collect(Collectors.joining(", "))));
      }
      values.put(key, equals < 0 ? "" : option.substring(equals + 1));
    }
    return new InProcessServer(
        "fused, file system " + name, () -> provider.create(values, clock), sessionOptions);
  }
}
