package dev.fused.server;

import dev.fused.filesystem.Connection;
import dev.fused.server.linux.CallThreads;
import dev.fused.server.linux.FuseConnectionControl;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.mount.AutoUnmount;
import dev.fused.server.mount.Mount;
import dev.fused.server.mount.MountException;
import dev.fused.server.mount.UnmountResult;
import dev.fused.server.pipeline.WireLog;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.OpenRequest;
import dev.fused.server.session.RequestWatch;
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
 * A mount that is being served. It ends when somebody unmounts it, by {@link #unmount}, umount(8)
 * or otherwise; then its threads, descriptors and buffers are gone. Any thread but those that the
 * file system is called on.
 */
public final class FuseMount implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FuseMount.class);
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);
  private static final Duration NOTIFIER_BOUND = Duration.ofSeconds(2);

  private final Path path;
  private final OptionalInt connectionNumber;
  private final @Nullable Mount mount;
  private final FuseSession session;
  private final Transports transport;
  private final CompletableFuture<Void> ended;
  private volatile @Nullable Connection connection;
  private volatile @Nullable RequestWatch watch;
  private volatile @Nullable AutoUnmount autoUnmount;
  private volatile CallThreads threads = CallThreads.ORDINARY;

  /** Serving ended before the mount did, which is not ours to take away. */
  private volatile boolean left;

  /**
   * @param device attached already; not kept
   * @param mount null if it is not seen from here
   */
  FuseMount(
      Path path,
      FuseDevice device,
      @Nullable Mount mount,
      FuseSession session,
      Transports transport) {
    this.path = path;
    this.connectionNumber =
        mount == null ? device.connection() : OptionalInt.of(mount.info().connection());
    this.mount = mount;
    this.session = session;
    this.transport = transport;
    // The session ends on a loop, which cannot wait for its own end.
    this.ended =
        session
            .ended()
            .thenRunAsync(
                this::end, task -> Thread.ofPlatform().name("fused end " + path()).start(task));
  }

  void established(Connection connection) {
    this.connection = connection;
  }

  /** Has {@code autoUnmount} told that the mount ends in order. */
  void disarmAtEnd(AutoUnmount autoUnmount) {
    this.autoUnmount = autoUnmount;
  }

  /** Begins to look for requests that are not answered. */
  void watch(Duration report, @Nullable Duration abortAfter) {
    RequestWatch began = new RequestWatch(session, report, abortAfter, this::abortOverdue);
    watch = began;
    began.start("fused watch " + path());
  }

  private void abortOverdue() {
    try {
      abort();
    } catch (IOException e) {
      log.error("{}: cannot abort the connection: {}", path(), e.getMessage());
    }
  }

  private void end() {
    RequestWatch watching = watch;
    if (watching != null) {
      watching.close();
    }
    transport.close();
    endNotifier();
    leavePlace();
    AutoUnmount armed = autoUnmount;
    if (armed != null) {
      armed.close();
    }
    if (wasAborted()) {
      log.warn("{} was aborted through fusectl", path());
    } else {
      log.info("{} is {}", path(), left ? "no longer served" : "unmounted");
    }
  }

  /**
   * The notifier's clone of the device is the last. If the kernel holds it in a write, waiting for
   * an answer that nobody will give, only an abort ends that.
   */
  private void endNotifier() {
    try {
      if (!session.notifier().awaitEnd(NOTIFIER_BOUND)) {
        log.warn("{}: the kernel holds a notification back: aborting the connection", path());
        abort();
      }
    } catch (IOException e) {
      log.warn("{}: a notification is stuck: {}", path(), e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** An aborted connection ends the session and leaves a dead mount, which nobody can use. */
  private void leavePlace() {
    Mount seen = mount;
    if (seen == null || left) {
      return;
    }
    try {
      seen.unmount(Duration.ZERO);
    } catch (MountException e) {
      log.warn("{} is left behind, dead: {}", path(), e.getMessage());
    }
  }

  /**
   * The mount point: absolute, without symbolic links. Of a mount that somebody else has made, and
   * that is not seen from here, {@code /dev/fd/N}, with the descriptor that it is served with.
   */
  public Path path() {
    return path;
  }

  /** What kernel and server agreed on. */
  public Connection connection() {
    Connection agreed = connection;
    if (agreed == null) {
      throw new IllegalStateException("not mounted yet");
    }
    return agreed;
  }

  /** For people: the transport and its number of threads, as {@code io_uring (2 queues)}. */
  public String transport() {
    return transport.describe();
  }

  /**
   * The number of the kernel's connection, its name in fusectl; empty if that is not known, as
   * before Linux 6.18 of a mount that is not seen from here.
   */
  public OptionalInt connectionNumber() {
    return connectionNumber;
  }

  private FuseConnectionControl control() throws IOException {
    return new FuseConnectionControl(
        connectionNumber.orElseThrow(
            () -> new IOException("the number of the connection of " + path + " is not known")));
  }

  /** Logs each message from now on; null for no longer. */
  public void wireLog(@Nullable WireLog wireLog) {
    transport.log(wireLog);
  }

  /** How busy each loop is, in a fixed order; with io_uring that of the device comes first. */
  public List<LoopClock> loops() {
    return transport.clocks();
  }

  /**
   * Whether the mount answers, without asking it: completes once each loop has come round to a task
   * that does nothing. One that the file system holds does not. Completes exceptionally if the
   * loops have ended. Any thread.
   */
  public CompletableFuture<Void> roundOfLoops() {
    return transport.roundOfLoops();
  }

  /**
   * Number of requests that the kernel has made and that are not answered yet, whether the server
   * has read them or not.
   *
   * @throws IOException with a sentence if fusectl is not mounted, or the connection not known
   */
  public int waiting() throws IOException {
    return threads.call(() -> control().waiting());
  }

  /** Replies that the file system forgot, and that answered EIO. */
  public long droppedReplies() {
    return session.droppedReplies();
  }

  /** Requests without an answer past {@link FuseServer#requestDeadline}, the oldest first. */
  public List<OpenRequest> overdue() {
    RequestWatch current = watch;
    return current == null ? List.of() : current.overdue();
  }

  /**
   * Ends the connection in the kernel, also if no loop answers: who waits for a request gets
   * ECONNABORTED. The mount then ends.
   *
   * @throws IOException with a sentence if that is impossible
   */
  public void abort() throws IOException {
    threads.call(
        () -> {
          control().abort();
          return this;
        });
  }

  /** False once the mount has ended. */
  public boolean isServed() {
    return !ended.isDone();
  }

  /**
   * True if the mount ended because somebody wrote to {@code abort} of its connection in fusectl.
   * An unmount that is forced, and the request timeout, end it like any unmount. Needs Linux 4.19.
   */
  public boolean wasAborted() {
    return session.wasAborted();
  }

  /**
   * Has the calls that take privileges made by {@code threads} from now on, for a process that is
   * about to give its privileges up: to unmount, to open the device again, to use fusectl.
   */
  public void callOn(CallThreads threads) {
    this.threads = threads;
    if (mount != null) {
      mount.callOn(threads);
    }
    session.notifier().callOn(threads);
  }

  /** Waits until the mount has ended, however that comes about. */
  public void awaitUnmount() throws InterruptedException {
    try {
      ended.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Waits for the end, but not for ever.
   *
   * @return false if the mount is still there after {@code bound}
   */
  public boolean awaitUnmount(Duration bound) throws InterruptedException {
    try {
      ended.get(bound.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Unmounts. A busy mount is waited for until {@code bound} is over; then it leaves its place, and
   * who still has files open there is served until the last one is closed, or until {@link #close}.
   *
   * @throws MountException if the kernel refuses, as it may if somebody else has mounted
   */
  public UnmountResult unmount(Duration bound) throws MountException {
    if (mount == null) {
      throw new MountException("cannot unmount " + path + ": its mount is not seen from here");
    }
    return mount.unmount(bound);
  }

  /**
   * Unmounts and ends serving: requests in flight are answered first; who then still has files open
   * gets ENOTCONN. A mount that this process may not take away, as somebody else has made it, stays
   * in its place without a server. Returns within about 15 seconds, whatever happens.
   */
  @Override
  public void close() {
    try {
      if (!session.ended().isDone()) { // then the mount is gone, or its end takes it away
        leavePlaceInTime();
      }
      if (!session.ended().isDone()) {
        endBusySession();
      }
      awaitUnmount(CLOSE_BOUND);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      transport.close();
    }
  }

  private void leavePlaceInTime() {
    try {
      UnmountResult result = unmount(CLOSE_BOUND);
      if (result != UnmountResult.UNMOUNTED && result != UnmountResult.ALREADY_GONE) {
        log.warn("{} is {}{}", path(), result.describe(), describeUsers());
      }
    } catch (MountException e) {
      left = true;
      log.warn(
          "{}; it stays, without a server, until root or who mounted it unmounts it",
          e.getMessage());
    }
  }

  private String describeUsers() {
    return mount == null ? "" : mount.describeUsers();
  }

  /** Nobody comes to the mount by its place any more, or by us; but somebody may still use it. */
  private void endBusySession() throws InterruptedException {
    if (awaitUnmount(Duration.ofMillis(100))) {
      return;
    }
    if (!session.inFlight().awaitEmpty(CLOSE_BOUND.toNanos())) {
      log.warn("{}: {} requests are left unanswered", path(), session.inFlight().size());
    }
    transport.close();
  }
}
