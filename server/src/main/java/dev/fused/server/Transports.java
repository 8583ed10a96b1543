package dev.fused.server;

import dev.fused.filesystem.Connection;
import dev.fused.protocol.InitFlag;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.pipeline.WireLog;
import dev.fused.server.session.FuseSession;
import dev.fused.server.transport.epoll.EpollTransport;
import dev.fused.server.transport.uring.UringTransport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a mount is served with: the device, always, and rings of io_uring, if there are any. Then
 * the device has one loop, for what does not come through rings.
 */
final class Transports implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Transports.class);
  private static final int READY_SECONDS = 10;
  private static final String NOT_AGREED = "the kernel did not agree to it in INIT";

  private final FuseSession session;
  private final EpollTransport epoll;
  private final int loops;
  private final @Nullable UringTransport rings;
  private final boolean ringsOnly;
  private CompletableFuture<Void> ringsReady = new CompletableFuture<>();
  private volatile String description = "";

  /**
   * @param loops of {@code epoll}
   * @param ringsOnly true if a kernel that does not agree to the rings is to get no mount
   */
  Transports(
      FuseSession session,
      EpollTransport epoll,
      int loops,
      @Nullable UringTransport rings,
      boolean ringsOnly) {
    this.session = session;
    this.epoll = epoll;
    this.loops = loops;
    this.rings = rings;
    this.ringsOnly = ringsOnly;
  }

  /** Begins to read the device, from which INIT will come. */
  void start(FuseDevice device) {
    UringTransport uring = rings;
    if (uring == null) {
      epoll.start(device);
      return;
    }
    session.offerRings();
    // Not later, on the thread that mounts: each of its system calls on the mount would wait.
    ringsReady =
        session
            .negotiated()
            .thenCompose(
                connection ->
                    connection.has(InitFlag.OVER_IO_URING)
                        ? uring.start(connection)
                        : CompletableFuture.failedFuture(new IOException(NOT_AGREED)));
    epoll.start(device, uring::end);
  }

  /**
   * Gives each loop its clone of the device, or waits until the rings are in use.
   *
   * @throws IOException if the device cannot be cloned, or nothing but rings was wanted and they
   *     are not granted
   */
  void established(FuseDevice device, Connection connection) throws IOException {
    UringTransport uring = rings;
    if (uring != null && ringsOnly && !connection.has(InitFlag.OVER_IO_URING)) {
      throw new IOException(
          "transport io_uring cannot be used: " + NOT_AGREED + "; mount with transport=epoll");
    }
    String refusal = uring == null ? "" : refusal();
    if (uring != null && refusal.isEmpty()) {
      description = counted("io_uring", uring.queues(), "queue");
      return;
    }
    epoll.startClones(device);
    String served = counted("epoll", loops, "loop");
    if (uring == null) {
      description = served;
    } else {
      uring.end();
      description = served + ", as io_uring cannot be used: " + refusal;
      log.warn("requests come over /dev/fuse, as io_uring cannot be used: {}", refusal);
    }
  }

  /** Why requests do not come through rings; empty if they do. */
  private String refusal() throws IOException {
    try {
      ringsReady.get(READY_SECONDS, TimeUnit.SECONDS);
      return "";
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return String.valueOf(cause.getMessage());
    } catch (TimeoutException e) {
      throw new IOException(
          "the kernel did not take the rings of io_uring within " + READY_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while mounting", e);
    }
  }

  private static String counted(String transport, int count, String what) {
    return "%s (%d %s)".formatted(transport, count, count == 1 ? what : what + "s");
  }

  /** For people: which transport, with how many threads; empty until it is known. */
  String describe() {
    return description;
  }

  /** Logs each message from now on; null for no longer. Any thread. */
  void log(@Nullable WireLog wireLog) {
    epoll.log(wireLog);
    if (rings != null) {
      rings.log(wireLog);
    }
  }

  /** What each loop that serves has to do. */
  List<LoopClock> clocks() {
    List<LoopClock> clocks = new ArrayList<>(epoll.clocks());
    if (rings != null) {
      clocks.addAll(rings.clocks());
    }
    return clocks;
  }

  /** As {@link FuseMount#roundOfLoops}. */
  CompletableFuture<Void> roundOfLoops() {
    List<CompletableFuture<Void>> rounds = new ArrayList<>();
    try {
      epoll.executors().forEach(loop -> rounds.add(CompletableFuture.runAsync(() -> {}, loop)));
      if (rings != null) {
        rings.executors().forEach(loop -> rounds.add(CompletableFuture.runAsync(() -> {}, loop)));
      }
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    }
    return CompletableFuture.allOf(rounds.toArray(CompletableFuture[]::new));
  }

  /** Ends all loops; see {@link EpollTransport#close}. */
  @Override
  public void close() {
    if (rings != null) {
      rings.close();
    }
    epoll.close();
  }
}
