package dev.fused.daemon;

import dev.fused.filesystem.Connection;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.filesystem.FuseFileSystemProvider;
import dev.fused.protocol.InitFlag;
import dev.fused.server.FuseMount;
import dev.fused.server.FuseServer;
import dev.fused.server.linux.KernelClock;
import dev.fused.server.mount.MountOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
    sortOptions = false,
    footer = {
      "",
      "Mount options (-o), separated by commas:",
      "  ro, rw, suid, nosuid, dev, nodev, exec, noexec, atime, noatime, relatime,",
      "  sync, dirsync                  as in mount(8); nosuid and nodev by default",
      "  allow_other                    everyone may use the mount, not only its owner",
      "  fsname=NAME, subtype=NAME      what mount(8) and df(1) show",
      "  max_read=N, max_write=N, max_readahead=N, max_background=N,",
      "  congestion_threshold=N         limits of requests; sizes take k, m, g",
      "  request_timeout=SECONDS        ends the mount if a request is not answered; 15 or more",
      "  idmap                          lets the mount be idmapped",
      "  max_threads=N                  as --loops",
      "  transport=NAME                 as --transport",
      "  capture=FILE                   as --capture",
      "  debug                          logs each message between kernel and server",
      "Options of the memory file system: size=, inodes= (or nr_inodes=), mode=, uid=, gid=,",
      "locks=server (locks of fcntl(2) and flock(2) are not the kernel's),",
      "data=NAME (as --data)",
    })
final class MountCommand implements Callable<Integer> {
  private static final Logger log = LoggerFactory.getLogger(MountCommand.class);

  @Parameters(paramLabel = "MOUNTPOINT", description = "An existing directory.")
  private Path mountPoint = Path.of("");

  @Option(
      names = "-o",
      paramLabel = "OPTIONS",
      description = "Mount options, separated by commas; see below.")
  private List<String> optionLists = new ArrayList<>();

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      description = "Most bytes of file data: 512m, 4g, or 50%% of the memory; as -o size=.")
  private @Nullable String size;

  @Option(
      names = "--inodes",
      paramLabel = "COUNT",
      description = "Most files and directories: 100k, 1m; as -o inodes=.")
  private @Nullable String inodes;

  @Option(
      names = "--file-system",
      paramLabel = "NAME",
      description = "Which file system; memory by default.")
  private String fileSystem = "memory";

  @Option(
      names = {"-f", "--foreground"},
      description = "Stays in the foreground and logs to standard error.")
  private boolean foreground;

  @Option(
      names = {"-d", "--debug"},
      description = "Logs each message between kernel and server; as -o debug.")
  private boolean debug;

  @Option(
      names = "--capture",
      paramLabel = "FILE",
      description = {
        "Writes each message between kernel and server to FILE, with all data, for fused replay",
        "and Wireshark; as -o capture=FILE. A FILE that is there is replaced."
      })
  private @Nullable Path capture;

  @Option(
      names = "--loops",
      paramLabel = "N",
      description = "Threads that read /dev/fuse; one per processor by default.")
  private @Nullable Integer loops;

  @Option(
      names = "--transport",
      paramLabel = "NAME",
      description = {
        "How requests come: epoll (/dev/fuse), io_uring (Linux 6.14, switched on), or auto, which",
        "is io_uring where it can be and --loops is not given; as -o transport=NAME."
      })
  private @Nullable String transport;

  @Option(
      names = "--data",
      paramLabel = "NAME",
      description = {
        "The way of file data: passthrough (in the kernel, no requests; Linux 6.9), cached (open and",
        "close are no requests), direct (each read and write is one), or auto, which caches data",
        "and asks at open; as -o data=NAME."
      })
  private @Nullable String data;

  @Option(
      names = "--log-file",
      paramLabel = "FILE",
      description =
          "Where a server in the background logs; /var/log/fused/MOUNTPOINT.log by default.")
  private @Nullable Path logFile;

  @Option(names = "--ready-fd", hidden = true)
  private @Nullable Integer readyFd;

  @Override
  public Integer call() throws IOException, InterruptedException {
    MountOptions options = MountOptions.defaults().withOption("default_permissions");
    for (String list : optionLists) {
      options = options.withOptions(list);
    }
    if (capture != null) {
      options = options.withOption("capture=" + capture.toAbsolutePath());
    }
    if (transport != null) {
      options = options.withOption("transport=" + transport);
    }
    FuseFileSystemProvider provider = provider();
    options.refuseUnknown(provider.options().keySet());
    Map<String, String> fileSystemOptions = new LinkedHashMap<>(options.remaining());
    // Access times are up to the file system, and the kernel does not tell it how it was mounted.
    provider.options().keySet().stream()
        .filter(options::hasFlag)
        .forEach(name -> fileSystemOptions.put(name, ""));
    if (size != null) {
      fileSystemOptions.put("size", size);
    }
    if (inodes != null) {
      fileSystemOptions.put("inodes", inodes);
    }
    if (data != null) {
      fileSystemOptions.put("data", data);
    }
    boolean wireLog = debug || options.debug();
    if (foreground && logFile != null) {
      throw new IllegalArgumentException(
          "--log-file is for a server in the background; with -f the log goes to standard error");
    }
    Integer ready = foreground ? null : readyFd;
    Path target = mountPoint.toAbsolutePath().normalize();
    if (ready != null) {
      DaemonLogging.toFile(checkedLogFile(target), wireLog);
      Background.leaveTerminal();
    } else {
      DaemonLogging.toStandardError(wireLog);
    }

    FuseFileSystem served = provider.create(fileSystemOptions, KernelClock.open());
    FuseServer server = FuseServer.serving(served).options(options.withoutRemaining());
    if (loops != null) {
      server.loops(loops);
    }
    if (wireLog) {
      server.wireLog(LoggerFactory.getLogger("dev.fused.wire")::debug);
    }
    FuseMount mount = server.mount(target);
    unmountAtExit(mount);
    String mounted = describe(mount, served) + extras(mount.connection(), options);
    log.info("{}", mounted);
    if (ready != null) {
      System.out.println(mounted);
      Background.ready(ready);
    }
    // Two thirds of the heap are garbage of the start by now, and the next collection may be
    // minutes away.
    System.gc();
    mount.awaitUnmount();
    return 0;
  }

  private FuseFileSystemProvider provider() {
    List<FuseFileSystemProvider> providers = new ArrayList<>();
    ServiceLoader.load(FuseFileSystemProvider.class).forEach(providers::add);
    return providers.stream()
        .filter(provider -> provider.name().equals(fileSystem))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no file system \"%s\"; there is: %s"
                        .formatted(
                            fileSystem,
                            providers.stream()
                                .map(FuseFileSystemProvider::name)
                                .collect(Collectors.joining(", ")))));
  }

  /** A log on the mount itself would make the server wait for itself. */
  private Path checkedLogFile(Path target) {
    Path file =
        logFile != null
            ? logFile.toAbsolutePath().normalize()
            : Path.of("/var/log/fused", target.toString().substring(1).replace('/', '-') + ".log");
    if (file.startsWith(target)) {
      throw new IllegalArgumentException(
          "the log file " + file + " must not lie under the mount point; use --log-file");
    }
    return file;
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

  /** SIGTERM and SIGINT unmount; an orderly end has status 0, not that of the signal. */
  private static void unmountAtExit(FuseMount mount) {
    Thread hook =
        new Thread(
            () -> {
              boolean running = mount.isServed();
              mount.close();
              if (running) {
                Runtime.getRuntime().halt(0);
              }
            },
            "fused stop");
    Runtime.getRuntime().addShutdownHook(hook);
  }
}
