package dev.fused.server;

import dev.fused.filesystem.Connection;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.server.capture.CaptureWriter;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Platform;
import dev.fused.server.metrics.FlightRecorderMeter;
import dev.fused.server.metrics.RequestMeter;
import dev.fused.server.mount.AutoUnmount;
import dev.fused.server.mount.Mount;
import dev.fused.server.mount.MountException;
import dev.fused.server.mount.MountHelper;
import dev.fused.server.mount.MountOptions;
import dev.fused.server.mount.ReadAhead;
import dev.fused.server.mount.Transport;
import dev.fused.server.pipeline.WireLog;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.SessionOptions;
import dev.fused.server.transport.epoll.EpollTransport;
import dev.fused.server.transport.uring.UringTransport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mounts a file system and serves it.
 *
 * <pre>{@code
 * try (FuseMount mount = FuseServer.serving(fileSystem).option("ro").mount(Path.of("/mnt/hello"))) {
 *   mount.awaitUnmount();
 * }
 * }</pre>
 *
 * <p>A server is set up and mounted once, by one thread. Mounting needs CAP_SYS_ADMIN, or
 * fusermount3, and /dev/fuse, and a JVM started with {@code --enable-native-access=ALL-UNNAMED} (or
 * it prints a warning).
 */
public final class FuseServer {
  private static final Logger log = LoggerFactory.getLogger(FuseServer.class);
  private static final Duration INIT_BOUND = Duration.ofSeconds(10);

  private final FuseFileSystem fileSystem;
  private MountOptions options = MountOptions.defaults();
  private OptionalInt loops = OptionalInt.empty();
  private @Nullable WireLog wireLog;
  private @Nullable RequestMeter meter;
  private @Nullable Duration reportAfter;
  private @Nullable Duration abortAfter;

  private FuseServer(FuseFileSystem fileSystem) {
    this.fileSystem = fileSystem;
  }

  /** A server for one file system, which is mounted once. */
  public static FuseServer serving(FuseFileSystem fileSystem) {
    return new FuseServer(fileSystem);
  }

  /**
   * Adds one mount option, as it would stand after {@code -o}: {@code "ro"}, {@code "allow_other"},
   * {@code "max_write=131072"}. A later option wins over an earlier one.
   *
   * @throws IllegalArgumentException if its value is wrong; the message says what is expected
   */
  public FuseServer option(String option) {
    return options(options.withOption(option));
  }

  /** Replaces all mount options. */
  public FuseServer options(MountOptions options) {
    this.options = options;
    return this;
  }

  /**
   * How many event loops read requests of /dev/fuse, each a thread with its own clone of the
   * device; as the mount option {@code max_threads} says by default, or one per processor.
   *
   * @throws IllegalArgumentException if less than 1
   */
  public FuseServer loops(int loops) {
    if (loops < 1) {
      throw new IllegalArgumentException("loops must be 1 or more, but is " + loops);
    }
    this.loops = OptionalInt.of(loops);
    return this;
  }

  /** Logs each message between kernel and server as one line; for finding faults, it is slow. */
  public FuseServer wireLog(WireLog wireLog) {
    this.wireLog = wireLog;
    return this;
  }

  /** Has {@code meter} told of each request and its reply; of nobody by default. */
  public FuseServer meter(RequestMeter meter) {
    this.meter = meter;
    return this;
  }

  /**
   * Reports each request that the file system has not answered within a deadline, in the log and in
   * {@link FuseMount#overdue}; without this, none has a deadline. Locks that are waited for have
   * none either.
   *
   * @param report after which a request is reported, once, with the stack of its thread
   * @param abort after which the connection is aborted; null for never
   * @throws IllegalArgumentException if one of them is not more than 0
   */
  public FuseServer requestDeadline(Duration report, @Nullable Duration abort) {
    if (!report.isPositive() || (abort != null && !abort.isPositive())) {
      throw new IllegalArgumentException(
          "deadlines of requests must be more than 0, but are " + report + " and " + abort);
    }
    this.reportAfter = report;
    this.abortAfter = abort;
    return this;
  }

  /**
   * Writes each message between kernel and server to a file, as the mount option {@code capture}
   * does; {@code docs/capture-format.md} describes it. It holds the users' data: only its owner may
   * read it. A file that is there is replaced. {@code fused replay} runs it again.
   */
  public FuseServer capture(Path file) {
    return option("capture=" + file);
  }

  /**
   * Mounts, and returns when kernel and server have agreed and the mount answers.
   *
   * @param mountPoint an existing directory
   * @throws MountException if the mount cannot be made; the message is one sentence for the user
   * @throws IOException if the device cannot be opened, the kernel does not agree, or the file to
   *     capture to cannot be written
   * @throws IllegalArgumentException if an option is unknown, the file system asks for an INIT flag
   *     that nobody honours, or the mount is to be captured to a file on itself
   */
  public FuseMount mount(Path mountPoint) throws IOException {
    Platform.requireSupported();
    options.refuseUnknown(List.of());
    SessionOptions sessionOptions = sessionOptions();
    FuseSession session = new FuseSession(fileSystem, sessionOptions);
    session.meterWith(new FlightRecorderMeter(meter));
    Path place = MountHelper.placeFor(mountPoint);
    Path captureFile = captureFile(place);
    if (captureFile != null) {
      session.captureTo(CaptureWriter.create(captureFile));
    }
    boolean helped = MountHelper.needsHelp();
    FuseDevice device;
    try {
      device = helped ? MountHelper.mountForUser(place, options) : FuseDevice.open();
    } catch (IOException e) {
      endCapture(session);
      throw e;
    }
    Transports transport = null;
    Mount mount;
    try {
      transport = transport(session, device, place, sessionOptions.maxWrite());
      mount = helped ? start(transport, device, place) : mount(transport, device, place);
    } catch (IOException | RuntimeException e) {
      boolean refused = session.negotiated().isCompletedExceptionally();
      if (transport != null) {
        transport.close();
      }
      device.close();
      endCapture(session);
      if (helped) {
        leave(place, e);
      }
      if (refused) {
        await(session.negotiated(), place); // says what is wrong with INIT
      }
      throw e;
    }
    FuseMount served = new FuseMount(mount, session, transport);
    if (reportAfter != null) {
      served.watch(reportAfter, abortAfter);
    }
    try {
      Connection connection = await(session.negotiated(), mount.path());
      transport.established(device, connection);
      ReadAhead.raise(mount, Math.min(sessionOptions.maxReadahead(), sessionOptions.maxWrite()));
      if (options.autoUnmount()) {
        served.disarmAtEnd(AutoUnmount.arm(mount));
      }
      served.established(connection);
      return served;
    } catch (IOException | RuntimeException e) {
      served.close();
      throw e;
    }
  }

  private Mount mount(Transports transport, FuseDevice device, Path place) throws IOException {
    return MountHelper.mount(device, place, options, () -> transport.start(device));
  }

  /** Takes away what fusermount3 mounted, and nobody will serve. */
  private static void leave(Path place, Exception reason) {
    try {
      MountHelper.unmount(place, Duration.ZERO);
    } catch (MountException e) {
      reason.addSuppressed(e);
    }
  }

  /** Serves what is mounted already. */
  private static Mount start(Transports transport, FuseDevice device, Path place)
      throws IOException {
    transport.start(device);
    return MountHelper.mountAt(place);
  }

  /** Null for none. One on the mount itself is refused: to write it would be to write more. */
  private @Nullable Path captureFile(Path place) {
    Path file = options.capture().map(Path::toAbsolutePath).orElse(null);
    Path directory = file == null ? null : file.normalize().getParent();
    try {
      directory = directory == null ? null : directory.toRealPath();
    } catch (IOException e) {
      return file; // creating it says what is wrong
    }
    if (directory != null && directory.startsWith(place)) {
      throw new IllegalArgumentException(
          "the capture file " + file + " must not lie under the mount point");
    }
    return file;
  }

  private static void endCapture(FuseSession session) {
    CaptureWriter capture = session.capture();
    if (capture != null) {
      capture.close();
    }
  }

  /** The device stays the caller's, whatever is thrown. */
  private Transports transport(FuseSession session, FuseDevice device, Path place, int maxWrite)
      throws IOException {
    String name = "fused " + place;
    UringTransport rings = null;
    try {
      rings = rings(session, device, maxWrite, name + " queue");
      int threads = namedLoops().orElse(Runtime.getRuntime().availableProcessors());
      EpollTransport epoll = new EpollTransport(session, threads, maxWrite, wireLog, name);
      boolean ringsOnly = options.transport() == Transport.IO_URING;
      return new Transports(session, epoll, threads, rings, ringsOnly);
    } catch (IllegalStateException e) { // so Netty says that a loop cannot be made
      close(rings);
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "cannot make the event loops: " + reason.getMessage() + " (see ulimit -n)", e);
    } catch (UnsatisfiedLinkError e) {
      close(rings);
      throw new IOException(
          "cannot load Netty's epoll library, which is unpacked into "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + e,
          e);
    }
  }

  private static void close(@Nullable UringTransport rings) {
    if (rings != null) {
      rings.close();
    }
  }

  private OptionalInt namedLoops() {
    return loops.isPresent() ? loops : options.loops();
  }

  /** Null if requests are to come over the device. */
  private @Nullable UringTransport rings(
      FuseSession session, FuseDevice device, int maxWrite, String name) throws IOException {
    boolean choose = options.transport() == Transport.AUTO && namedLoops().isEmpty();
    if (options.transport() != Transport.IO_URING && !choose) {
      return null;
    }
    try {
      if (choose) {
        UringTransport.requireModest(Runtime.getRuntime().availableProcessors());
      }
      return UringTransport.create(session, device, maxWrite, wireLog, name);
    } catch (IOException e) {
      if (choose) {
        log.info("requests come over /dev/fuse: {}", e.getMessage());
        return null;
      }
      throw e;
    }
  }

  private SessionOptions sessionOptions() {
    if (options.idmap() && !options.defaultPermissions()) {
      throw new IllegalArgumentException(
          "mount option \"idmap\" needs \"default_permissions\": without ids of callers only the"
              + " kernel can check permissions");
    }
    SessionOptions defaults = SessionOptions.DEFAULT;
    int maxBackground = options.maxBackground().orElse(defaults.maxBackground());
    return new SessionOptions(
        options.maxWrite().orElse(defaults.maxWrite()),
        options.maxReadahead().orElse(defaults.maxReadahead()),
        maxBackground,
        options
            .congestionThreshold()
            .orElse(Math.max(1, Math.min(defaults.congestionThreshold(), maxBackground * 3 / 4))),
        options.requestTimeout().orElse(defaults.requestTimeout()),
        options.idmap());
  }

  private static Connection await(CompletableFuture<Connection> negotiated, Path path)
      throws IOException {
    try {
      return negotiated.get(INIT_BOUND.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException("cannot serve " + path + ": " + cause.getMessage(), cause);
    } catch (TimeoutException e) {
      throw new IOException(
          "cannot serve " + path + ": the kernel did not begin within " + INIT_BOUND, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("cannot serve " + path + ": interrupted while mounting", e);
    }
  }
}
