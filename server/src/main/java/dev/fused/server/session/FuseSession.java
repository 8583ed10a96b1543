package dev.fused.server.session;

import dev.fused.filesystem.Connection;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.WireFormat;
import dev.fused.protocol.request.Init;
import dev.fused.server.capture.CaptureWriter;
import dev.fused.server.metrics.RequestMeter;
import dev.fused.server.notify.DeviceNotifier;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One mount's conversation with the kernel, from INIT to the end of its last channel. All channels
 * of a mount share it; any thread.
 */
public final class FuseSession {
  private static final Logger log = LoggerFactory.getLogger(FuseSession.class);
  private static final int LARGEST_PAGE = 64 << 10;
  private static final int LEAST_MOST_READ = 16 << 20;

  private final FuseFileSystem fileSystem;
  private final InitNegotiator negotiator;
  private final InFlightRequests inFlight = new InFlightRequests();
  private final DeviceNotifier notifier = new DeviceNotifier();
  private final DeviceBackingFiles backingFiles = new DeviceBackingFiles();
  private final CompletableFuture<Connection> negotiated = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final AtomicInteger channels = new AtomicInteger();
  private final AtomicBoolean ending = new AtomicBoolean();
  private final LongAdder droppedReplies = new LongAdder();
  private final List<LoopCall> loopCalls = new CopyOnWriteArrayList<>();
  private volatile @Nullable CaptureWriter capture;
  private volatile @Nullable RequestMeter meter;
  private volatile boolean aborted;
  private volatile boolean rings;
  private volatile int mostRead = LEAST_MOST_READ;
  private volatile WireFormat wireFormat = WireFormat.INITIAL;

  /**
   * @throws IllegalArgumentException if the file system asks for a flag that nobody honours
   */
  public FuseSession(FuseFileSystem fileSystem, SessionOptions options) {
    this.fileSystem = fileSystem;
    this.negotiator = new InitNegotiator(fileSystem.capabilities(), options);
  }

  public FuseFileSystem fileSystem() {
    return fileSystem;
  }

  /** The layout of messages: the newest until INIT is answered. */
  public WireFormat wireFormat() {
    return wireFormat;
  }

  public InFlightRequests inFlight() {
    return inFlight;
  }

  /** What the file system tells the kernel through; ends with the session. */
  public DeviceNotifier notifier() {
    return notifier;
  }

  /** What the file system registers files with; ends with the session. */
  public DeviceBackingFiles backingFiles() {
    return backingFiles;
  }

  /**
   * Has every message of the session written to {@code capture}, which is closed when the session
   * ends. Before the first channel is opened.
   */
  public void captureTo(CaptureWriter capture) {
    this.capture = capture;
    notifier.captureTo(capture);
  }

  /** Where all messages are written to; null for nowhere. */
  public @Nullable CaptureWriter capture() {
    return capture;
  }

  /** Has {@code meter} told of all requests. Before the first channel is opened. */
  public void meterWith(RequestMeter meter) {
    this.meter = meter;
  }

  /** Who is told of all requests; null for nobody. */
  public @Nullable RequestMeter meter() {
    return meter;
  }

  /** For a new channel: where its loop says what it is at. */
  public LoopCall newLoopCall() {
    LoopCall call = new LoopCall();
    loopCalls.add(call);
    return call;
  }

  /** What each loop is at. */
  public List<LoopCall> loopCalls() {
    return Collections.unmodifiableList(loopCalls);
  }

  /**
   * Completes when INIT is answered; exceptionally if it cannot be, or if the mount ends before.
   */
  public CompletableFuture<Connection> negotiated() {
    return negotiated;
  }

  /** True once INIT is answered with success: only then requests may reach the file system. */
  public boolean isEstablished() {
    return negotiated.state() == Future.State.SUCCESS;
  }

  /**
   * The most bytes that a READ, READDIR or READDIRPLUS may ask for: what a kernel with pages of 64
   * KiB would, and never less than 16 MiB. A peer that asks for more is none.
   */
  public int mostRead() {
    return mostRead;
  }

  /** Completes when the kernel has let go of the mount and the file system was told. */
  public CompletableFuture<Void> ended() {
    return ended;
  }

  /** The kernel says that the connection was aborted; its channels end as they do otherwise. */
  public void aborted() {
    aborted = true;
  }

  /** True if the session ends because somebody aborted the connection through fusectl. */
  public boolean wasAborted() {
    return aborted;
  }

  /** Number of replies that the file system forgot to complete, and that answered EIO. */
  public long droppedReplies() {
    return droppedReplies.sum();
  }

  /** Counts a reply that was never completed. */
  public void replyDropped() {
    droppedReplies.increment();
  }

  /** Requests may come through rings of io_uring, which are there already. Before INIT comes. */
  public void offerRings() {
    rings = true;
  }

  /**
   * Agrees with a kernel of major 7, and tells the file system.
   *
   * @return null if the kernel's minor is older than this library speaks
   */
  public InitNegotiator.@Nullable Agreement agree(Init init) {
    if (init.version().compareTo(ProtocolVersion.OLDEST) < 0) {
      refuse(
          new IllegalStateException(
              "the kernel speaks FUSE protocol "
                  + init.version()
                  + ", but the oldest supported is "
                  + ProtocolVersion.OLDEST
                  + " (Linux 2.6.31)"));
      return null;
    }
    InitNegotiator.Agreement agreement = negotiator.agree(init, backingFiles, rings);
    notifier.negotiated(agreement.connection());
    fileSystem.init(agreement.connection(), notifier);
    long largestPages = (long) agreement.connection().maxPages() * LARGEST_PAGE;
    mostRead = Math.clamp(largestPages, LEAST_MOST_READ, Integer.MAX_VALUE);
    wireFormat = agreement.format();
    return agreement;
  }

  /** INIT was answered: requests follow. */
  public void established(Connection connection) {
    notifier.begin();
    negotiated.complete(connection);
  }

  /** INIT was answered with an error, and each call on the mount will fail. */
  public void refuse(Throwable cause) {
    log.error("mount cannot be served: {}", cause.getMessage());
    negotiated.completeExceptionally(cause);
  }

  /**
   * A channel starts to read; called before {@link #channelClosed} of any other can be the last.
   */
  public void channelOpened() {
    channels.incrementAndGet();
  }

  /** A channel has ended; the last one ends the session, for good. */
  public void channelClosed() {
    if (channels.decrementAndGet() == 0 && ending.compareAndSet(false, true)) {
      end();
    }
  }

  private void end() {
    negotiated.completeExceptionally(
        new IllegalStateException("the mount ended before the kernel sent INIT"));
    // Nobody waits for these any more: let those that listen stop early.
    inFlight.all().forEach(InFlightRequests.Entry::interrupt);
    notifier.close();
    try {
      fileSystem.destroy();
    } catch (RuntimeException | Error e) {
      log.error("destroy() of the file system failed", e);
    }
    backingFiles.close();
    CaptureWriter captured = capture;
    if (captured != null) {
      captured.close();
    }
    ended.complete(null);
  }
}
