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
import dev.fused.server.mount.MountInfo;
import dev.fused.server.mount.MountOptions;
import dev.fused.server.mount.OptionsWithoutEffect;
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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mounts a file system and serves it, or serves what another has mounted.
 *
 * <pre>{@code
 * try (FuseMount mount = FuseServer.serving(fileSystem).option("ro").mount(Path.of("/mnt/hello"))) {
 *   mount.awaitUnmount();
 * }
 * }</pre>
 *
 * <p>A server is set up and mounted once, by one thread. Mounting needs CAP_SYS_ADMIN, or
 * fusermount3, and /dev/fuse; {@link #serve} needs only the descriptor that another has mounted
 * with. The JVM has to be started with {@code --enable-native-access=ALL-UNNAMED} (or it prints a
 * warning).
 */
public final class FuseServer {
  private static final Logger log = LoggerFactory.getLogger(FuseServer.class);
  private static final Duration INIT_BOUND = Duration.ofSeconds(10);

  /** For who hands a device on while he is mounting. */
  private static final Duration ATTACH_BOUND = Duration.ofSeconds(5);

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
    SessionOptions sessionOptions = sessionOptions(options.defaultPermissions());
    FuseSession session = new FuseSession(fileSystem, sessionOptions);
    Path place = MountHelper.placeFor(mountPoint);
    return serve(session, sessionOptions, Attachment.toNewMount(place, options));
  }

  /**
   * Serves a mount that somebody else has made, or makes within 5 s, with an open device that he
   * has handed on ({@link FuseDevice#adopt}); returns when kernel and server have agreed. This
   * needs no privilege at all.
   *
   * <p>Options of mount(2) (as {@code ro} and {@code allow_other}) are up to who mounts; those
   * given here that the mount does not have are named in the log. So is a mount without {@code
   * default_permissions}, on which nobody checks permissions but the file system. The mount's place
   * is known on Linux 6.18, if it is in the mount namespace of this process. When serving ends
   * first, the mount is taken away only if this process may do that.
   *
   * <p>There are as many loops as descriptors, if clones came with {@code device}, or else as
   * {@link #loops} says; never more than can be had without opening /dev/fuse, if this process may
   * not do that.
   *
   * @param device attached, and INIT not read from it yet; this server's from now on, also if it
   *     throws
   * @throws IOException if no mount has attached the device, the kernel does not agree, or the file
   *     to capture to cannot be written
   * @throws IllegalArgumentException as for {@link #mount}
   */
  public FuseMount serve(FuseDevice device) throws IOException {
    try {
      Platform.requireSupported();
      Path descriptor = Path.of("/dev/fd/" + device.fd());
      awaitAttached(device, descriptor);
      Mount mount = MountHelper.mountOf(device).orElse(null);
      Path path = mount == null ? descriptor : mount.path();
      SessionOptions sessionOptions =
          sessionOptions(mount != null && mount.info().defaultPermissions());
      FuseSession session = new FuseSession(fileSystem, sessionOptions);
      warnOfOptions(path, Optional.ofNullable(mount).map(Mount::info));
      return serve(session, sessionOptions, new Attachment.OthersMount(path, device, mount));
    } catch (IOException | RuntimeException e) {
      device.close();
      throw e;
    }
  }

  private static void awaitAttached(FuseDevice device, Path path) throws IOException {
    try {
      if (!device.awaitAttached(ATTACH_BOUND)) {
        throw new IOException(
            "cannot serve %s: nothing was mounted with this /dev/fuse within %d s"
                .formatted(path, ATTACH_BOUND.toSeconds()));
      }
    } catch (InterruptedException e) {
      throw interrupted(path, e);
    }
  }

  /** What somebody else has mounted is not quite what was asked for here. */
  private void warnOfOptions(Path path, Optional<MountInfo> mount) {
    List<String> withoutEffect = OptionsWithoutEffect.of(options, mount);
    if (!withoutEffect.isEmpty()) {
      log.warn(
          "{}: who mounted it has not given {}, which has no effect here",
          path,
          String.join(",", withoutEffect));
    }
    if (mount.isEmpty()) {
      log.info(
          "{}: its mount is not seen from here, so it is not known whether the kernel checks"
              + " permissions (default_permissions)",
          path);
    } else if (!mount.get().defaultPermissions()) {
      log.warn(
          "{} is mounted without default_permissions: the kernel does not check modes and owners",
          path);
    }
  }

  private FuseMount serve(FuseSession session, SessionOptions sessionOptions, Attachment attachment)
      throws IOException {
    Path path = attachment.path();
    prepare(session, path);
    FuseDevice device;
    try {
      device = attachment.open();
    } catch (IOException e) {
      endCapture(session);
      throw e;
    }
    Transports transport = null;
    Mount mount;
    try {
      transport = transport(session, device, path, sessionOptions.maxWrite());
      mount = attachment.attach(device, transport::start);
    } catch (IOException | RuntimeException e) {
      boolean refused = session.negotiated().isCompletedExceptionally();
      if (transport != null) {
        transport.close();
      }
      device.close();
      endCapture(session);
      attachment.undo(e);
      if (refused) {
        await(session.negotiated(), path); // says what is wrong with INIT
      }
      throw e;
    }
    FuseMount served = new FuseMount(path, device, mount, session, transport);
    if (reportAfter != null) {
      served.watch(reportAfter, abortAfter);
    }
    try {
      Connection connection = await(session.negotiated(), path);
      transport.established(device, connection);
      if (mount != null) {
        ReadAhead.raise(mount, Math.min(sessionOptions.maxReadahead(), sessionOptions.maxWrite()));
        if (options.autoUnmount()) {
          served.disarmAtEnd(AutoUnmount.arm(mount));
        }
      }
      served.established(connection);
      return served;
    } catch (IOException | RuntimeException e) {
      served.close();
      throw e;
    }
  }

  /** Who is told of the session's messages. */
  private void prepare(FuseSession session, Path path) throws IOException {
    session.meterWith(new FlightRecorderMeter(meter));
    Path captureFile = captureFile(path);
    if (captureFile != null) {
      session.captureTo(CaptureWriter.create(captureFile));
    }
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
      int threads = countLoops(device, rings == null);
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

  /**
   * One for each descriptor that can be had: who may not open /dev/fuse cannot make clones.
   *
   * @param allServe true if requests come to all of them
   */
  private int countLoops(FuseDevice device, boolean allServe) {
    int descriptors = 1 + device.clonesAtHand();
    int processors = Runtime.getRuntime().availableProcessors();
    int wanted = namedLoops().orElse(descriptors > 1 ? descriptors : processors);
    if (wanted <= descriptors || FuseDevice.mayOpen()) {
      return wanted;
    }
    if (allServe) {
      log.info(
          "{} instead of {} loops: this user may not open /dev/fuse, and no more clones of it were"
              + " handed on",
          descriptors,
          wanted);
    }
    return descriptors;
  }

  private OptionalInt namedLoops() {
    return loops.isPresent() ? loops : options.loops();
  }

  /** Null if requests are to come over the device. */
  private @Nullable UringTransport rings(
      FuseSession session, FuseDevice device, int maxWrite, String name) throws IOException {
    boolean loopsNamed = namedLoops().isPresent() || device.clonesAtHand() > 0;
    boolean choose = options.transport() == Transport.AUTO && !loopsNamed;
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

  /**
   * @param kernelChecks true if the mount has or will have default_permissions
   */
  private SessionOptions sessionOptions(boolean kernelChecks) {
    options.refuseUnknown(List.of());
    if (options.idmap() && !kernelChecks) {
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
      throw interrupted(path, e);
    }
  }

  private static IOException interrupted(Path path, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IOException("cannot serve " + path + ": interrupted while mounting", e);
  }
}
