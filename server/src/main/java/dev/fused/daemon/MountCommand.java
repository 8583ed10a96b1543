package dev.fused.daemon;

import dev.fused.daemon.control.Agreement;
import dev.fused.daemon.metrics.MountMeter;
import dev.fused.daemon.prometheus.MetricsAddress;
import dev.fused.filesystem.Connection;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.protocol.Errno;
import dev.fused.protocol.InitFlag;
import dev.fused.server.FuseMount;
import dev.fused.server.FuseServer;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.KernelClock;
import dev.fused.server.linux.Libc;
import dev.fused.server.mount.MountOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fused mount}: makes a file system, mounts it, and serves it until it is unmounted. */
@Command(
    name = "mount",
    description = {
      "Mounts a file system and returns once it answers; the server stays behind.",
      "The kernel checks modes and owners: default_permissions is always set.",
      ""
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    abbreviateSynopsis = true,
    sortOptions = false,
    footer = {
      "",
      "Each option with a name may also stand after -o, with _ instead of -, and as a",
      "line of a file; -o wins over the file, and the command line over -o."
    })
final class MountCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(MountCommand.class);

  @Parameters(
      paramLabel = "MOUNTPOINT",
      arity = "0..1",
      description = {
        "An existing directory; may be left out if a file of options names it. /dev/fd/N serves "
            + "the mount that somebody else has made with the open /dev/fuse at descriptor N; so "
            + "do the descriptors of LISTEN_FDS, if there is no MOUNTPOINT."
      })
  private @Nullable Path mountPoint;

  @Option(
      names = "-o",
      paramLabel = "OPTIONS",
      description = "Options, separated by commas; those of the mount, and all others below.")
  private List<String> optionLists = new ArrayList<>();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = {
        "A file with options, one a line: key = value, or key alone; a line that begins with # is "
            + "a comment. A name without a slash is that of /etc/fused/NAME.conf."
      })
  private @Nullable String optionFile;

  @Option(
      names = {"-f", "--foreground"},
      description = "Stays in the foreground and logs to standard error.")
  private boolean foreground;

  /** For mount.fuse.fused: mount(8) has such an option. */
  @Option(names = "--sloppy", hidden = true)
  private boolean sloppy;

  @Option(names = "--ready-fd", hidden = true)
  private @Nullable Integer readyFd;

  @Spec private CommandSpec spec = CommandSpec.create();

  private final OptionCatalog catalog = new OptionCatalog();
  private final List<String> namedOptions = new ArrayList<>();

  /** The command with an option for each of the catalog. */
  static CommandLine commandLine() {
    MountCommand mount = new MountCommand();
    CommandLine commandLine = new CommandLine(mount);
    new DescribedOptions(mount.catalog).addTo(commandLine, mount.namedOptions::add);
    return commandLine;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    RequestedOptions requested = new RequestedOptions(catalog, sloppy);
    if (optionFile != null) {
      requested.add(OptionFile.read(OptionFile.named(optionFile)));
    }
    optionLists.forEach(requested::addList);
    namedOptions.forEach(requested::add);
    FuseFileSystemProvider provider = requested.provider();
    Map<String, String> fileSystemOptions = requested.forFileSystem(provider);
    UserOption user = UserOption.of(requested);
    MountOptions options = requested.forMount();
    if (user != null) {
      options = UserOption.overDevice(options);
    }
    Optional<String> logFile = requested.daemon(DaemonOptions.LOG_FILE);
    if (foreground && logFile.isPresent()) {
      throw new IllegalArgumentException(
          "--log-file is for a server in the background; with -f the log goes to standard error");
    }
    LogFormat format = LogFormat.of(requested.daemon(DaemonOptions.LOG_FORMAT));
    Integer ready = foreground ? null : readyFd;
    Optional<Path> place = mountPoint(requested);
    Optional<FuseDevice> passed =
        PassedDevice.of(place, System.getenv(), ProcessHandle.current().pid());
    Path target =
        passed.isPresent()
            ? PassedDevice.placeOf(passed.get())
            : place.orElseThrow(this::noMountPoint);
    OwnPaths ownPaths = new OwnPaths(target);
    ownPaths.refuseForJvm();
    Optional<MetricsAddress> metrics =
        requested.daemon(DaemonOptions.METRICS).map(MetricsAddress::parse);
    metrics
        .flatMap(MetricsAddress::path)
        .ifPresent(socket -> ownPaths.refuse(socket, "metrics socket", "use another --metrics"));
    Path logPath = ready == null ? null : checkedLogFile(logFile, target, ownPaths);
    if (logPath != null) {
      DaemonLogging.toFile(logPath, options.debug(), format);
      Background.leaveTerminal();
    } else {
      DaemonLogging.toStandardError(options.debug(), format);
    }
    ownPaths.moveJvm();
    becomeIoFlusher();

    FuseFileSystem served = provider.create(fileSystemOptions, KernelClock.open());
    if (user != null) {
      user.requirePossible(served, logPath);
    }
    FuseServer server = FuseServer.serving(served).options(options);
    if (options.debug()) {
      server.wireLog(LoggerFactory.getLogger(DaemonLogging.WIRE)::debug);
    }
    MountMeter meter = new MountMeter();
    server.meter(meter);
    Deadlines.of(requested).ifPresent(deadlines -> deadlines.applyTo(server));
    try (MountServices services = MountServices.prepare(metrics)) {
      FuseMount mount =
          OrderlyStop.onSignals(services)
              .mount(() -> passed.isPresent() ? server.serve(passed.get()) : server.mount(target));
      services.start(mount, served, meter, options.debug());
      if (user != null) {
        user.become(mount, services);
      }
      String mounted = describe(mount, served) + extras(mount.connection(), options);
      log.info("{}", mounted);
      log.info("{}", Agreement.describe(mount.connection(), served));
      services.ready(mount, mounted);
      if (ready != null) {
        System.out.println(mounted);
        Background.ready(ready);
      }
      // Two thirds of the heap are garbage of the start by now, and the next collection may be
      // minutes away.
      System.gc();
      mount.awaitUnmount();
    }
    return 0;
  }

  /**
   * All threads that serve come from this one, so it goes first. Those of the JVM itself are there
   * already: nobody can mark them.
   */
  private static void becomeIoFlusher() {
    int result = Libc.becomeIoFlusher();
    if (result < 0) {
      log.debug(
          "threads may wait for dirty pages when memory is short: PR_SET_IO_FLUSHER: {}",
          Errno.describe(result));
    }
  }

  private Optional<Path> mountPoint(RequestedOptions requested) {
    return Optional.ofNullable(mountPoint)
        .or(() -> requested.daemon(DaemonOptions.MOUNT_POINT).map(Path::of))
        .map(place -> place.toAbsolutePath().normalize());
  }

  private CommandLine.ParameterException noMountPoint() {
    return new CommandLine.ParameterException(
        spec.commandLine(), "no mount point is given: fused mount MOUNTPOINT");
  }

  private static Path checkedLogFile(Optional<String> logFile, Path target, OwnPaths ownPaths) {
    Path file =
        logFile.isPresent()
            ? Path.of(logFile.get()).toAbsolutePath().normalize()
            : logDirectory().resolve(target.toString().substring(1).replace('/', '-') + ".log");
    ownPaths.refuse(file, "log file", "use --log-file");
    return file;
  }

  /** That of the system for root, the user's own for users, as the XDG specification has it. */
  private static Path logDirectory() {
    if (Libc.geteuid() == 0) {
      return Path.of("/var/log/fused");
    }
    String state = System.getenv("XDG_STATE_HOME");
    return state != null && state.startsWith("/")
        ? Path.of(state, "fused")
        : Path.of(home(), ".local/state/fused");
  }

  /** Who is started by mount(8) has no environment. */
  private static String home() {
    String home = System.getenv("HOME");
    return home != null ? home : System.getProperty("user.home");
  }

  private static String describe(FuseMount mount, FuseFileSystem served) {
    Connection connection = mount.connection();
    return "mounted %s: %s; kernel %s speaks %s; transport %s"
        .formatted(
            mount.path(),
            served.describe(),
            System.getProperty("os.version"),
            connection.version(),
            mount.transport());
  }

  /** What was asked for besides, and granted or not. */
  private static String extras(Connection connection, MountOptions options) {
    StringBuilder extras = new StringBuilder();
    options
        .requestTimeout()
        .ifPresent(
            seconds ->
                extras.append(
                    connection.has(InitFlag.REQUEST_TIMEOUT)
                        ? "; request timeout " + seconds + " s"
                        : "; no request timeout, which needs Linux 6.15"));
    if (options.idmap()) {
      extras.append(
          connection.has(InitFlag.ALLOW_IDMAP)
              ? "; may be idmapped"
              : "; not to be idmapped, which needs Linux 6.12");
    }
    options
        .capture()
        .ifPresent(file -> extras.append("; captured in ").append(file.toAbsolutePath()));
    return extras.toString();
  }
}
