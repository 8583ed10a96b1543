package dev.fused.server.notify;

import dev.fused.filesystem.Connection;
import dev.fused.filesystem.NotificationException;
import dev.fused.filesystem.Notifier;
import dev.fused.protocol.Errno;
import dev.fused.protocol.FileName;
import dev.fused.protocol.InitFlag;
import dev.fused.protocol.ProtocolVersion;
import dev.fused.protocol.reply.Notification;
import dev.fused.protocol.request.NotifyReply;
import dev.fused.server.capture.CaptureWriter;
import dev.fused.server.linux.CallThreads;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Libc;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The notifier of a session: one queue, and one thread that writes to a clone of the device.
 *
 * <p>The thread and the clone are made for the first notification; most file systems never send
 * one. The clone is the thread's own, so that no channel can close it while a write is under way.
 * Any thread.
 */
public final class DeviceNotifier implements Notifier {
  private static final Logger log = LoggerFactory.getLogger(DeviceNotifier.class);
  private static final byte[] NOTHING = {};

  private final NotificationQueue queue = new NotificationQueue();
  private final Map<Long, CompletableFuture<byte[]>> retrievals = new ConcurrentHashMap<>();

  /** Even, and far from the kernel's own: over io_uring both are looked up in one table. */
  private final AtomicLong lastRetrieval = new AtomicLong(1L << 62);

  private volatile @Nullable Connection connection;
  private volatile NotificationException end =
      new NotificationException("the mount has ended", Errno.ENODEV);
  private volatile Consumer<String> wireLog = line -> {};
  private volatile @Nullable CaptureWriter capture;
  private volatile CallThreads threads = CallThreads.ORDINARY;
  private @Nullable FuseDevice device;
  private @Nullable Thread thread;
  private String threadName = "fused notify";
  private volatile Consumer<Runnable> whileLoopsRest = Runnable::run;

  /**
   * Says where to write.
   *
   * @param device one of the mount's, of which a clone is made; it stays the caller's
   * @param threadName of the thread that writes
   * @param whileLoopsRest runs an action while no request is on its way between the device and the
   *     table of requests in flight; throws {@link RejectedExecutionException} once the loops end
   */
  public synchronized void attach(
      FuseDevice device, String threadName, Consumer<Runnable> whileLoopsRest) {
    this.device = device;
    this.threadName = threadName;
    this.whileLoopsRest = whileLoopsRest;
  }

  /** Has the device opened by {@code threads}, if that is yet to be done. */
  public void callOn(CallThreads threads) {
    this.threads = threads;
  }

  /** Has a line for each notification given to {@code wireLog}, on the thread that writes. */
  public void logTo(Consumer<String> wireLog) {
    this.wireLog = wireLog;
  }

  /** Has each notification written to {@code capture}, before the kernel gets it. */
  public void captureTo(CaptureWriter capture) {
    this.capture = capture;
  }

  /** INIT was agreed: from now on notifications are accepted, if the kernel knows them. */
  public void negotiated(Connection agreed) {
    connection = agreed;
  }

  /** INIT is answered: from now on notifications are written. */
  public void begin() {
    queue.open();
  }

  /**
   * The session has ended: what waits fails, and the thread ends as soon as its write returns. The
   * second time, nothing.
   */
  public void close() {
    queue.close().forEach(outgoing -> outgoing.fail(end));
    retrievals.values().forEach(retrieval -> retrieval.completeExceptionally(end));
    retrievals.clear();
  }

  /**
   * Waits until the thread and its clone of the device are gone, after {@link #close}.
   *
   * @return false if the kernel holds the thread in a write after {@code bound}
   */
  public boolean awaitEnd(Duration bound) throws InterruptedException {
    Thread writing;
    synchronized (this) {
      writing = thread;
    }
    return writing == null || writing.join(bound);
  }

  /** The kernel's answer to a RETRIEVE; its data is copied. */
  public void retrieved(NotifyReply reply) {
    CompletableFuture<byte[]> retrieval = retrievals.remove(reply.unique());
    if (retrieval == null) {
      log.warn("nobody retrieved what {} brings", reply);
    } else {
      retrieval.complete(ByteBufUtil.getBytes(reply.data()));
    }
  }

  @Override
  public CompletableFuture<Void> pollWakeup(long kh) {
    return done(new Notification.PollWakeup(kh));
  }

  @Override
  public CompletableFuture<Boolean> invalidateData(long nodeid, long offset, long length) {
    requireNotNegative("offset", offset);
    requireNotNegative("length", length);
    return known(new Notification.InvalInode(nodeid, offset, length));
  }

  @Override
  public CompletableFuture<Boolean> invalidateAttributes(long nodeid) {
    return known(new Notification.InvalInode(nodeid, -1, 0));
  }

  @Override
  public CompletableFuture<Boolean> invalidateEntry(long parent, FileName name) {
    return known(new Notification.InvalEntry(parent, 0, name));
  }

  @Override
  public CompletableFuture<Boolean> expireEntry(long parent, FileName name) {
    return known(new Notification.InvalEntry(parent, Notification.InvalEntry.EXPIRE_ONLY, name));
  }

  @Override
  public CompletableFuture<Boolean> store(long nodeid, long offset, ByteBuf data) {
    if (offset < 0) {
      data.release();
      requireNotNegative("offset", offset);
    }
    return known(new Notification.Store(nodeid, offset, data));
  }

  @Override
  public CompletableFuture<byte[]> retrieve(long nodeid, long offset, int size) {
    requireNotNegative("offset", offset);
    requireNotNegative("size", size);
    long unique = lastRetrieval.addAndGet(2);
    Notification.Retrieve retrieve = new Notification.Retrieve(unique, nodeid, offset, size);
    CompletableFuture<byte[]> retrieval = new CompletableFuture<>();
    retrievals.put(unique, retrieval);
    return known(retrieve)
        .thenCompose(known -> known ? retrieval : CompletableFuture.completedFuture(NOTHING))
        .whenComplete((data, failure) -> retrievals.remove(unique));
  }

  @Override
  public CompletableFuture<Boolean> delete(long parent, long child, FileName name) {
    return known(new Notification.Delete(parent, child, name));
  }

  @Override
  public CompletableFuture<Void> resend() {
    return done(new Notification.Resend());
  }

  @Override
  public CompletableFuture<Void> incrementEpoch() {
    return done(new Notification.IncEpoch());
  }

  @Override
  public CompletableFuture<Void> prune(Collection<Long> nodeids) {
    return done(new Notification.Prune(new ArrayList<>(nodeids)));
  }

  private static void requireNotNegative(String what, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(what + " must be 0 or more, but is " + value);
    }
  }

  private CompletableFuture<Void> done(Notification notification) {
    return send(notification)
        .thenAccept(
            result -> {
              if (result < 0) {
                throw refused(notification, result);
              }
            });
  }

  private CompletableFuture<Boolean> known(Notification notification) {
    return send(notification)
        .thenApply(
            result -> {
              if (result < 0 && result != -Errno.ENOENT.number()) {
                throw refused(notification, result);
              }
              return result >= 0;
            });
  }

  private CompletableFuture<Integer> send(Notification notification) {
    String missing = missing(notification);
    if (missing != null) {
      return unsent(notification, new UnsupportedOperationException(missing));
    }
    startThread();
    Outgoing outgoing = queue.add(notification);
    return outgoing == null ? unsent(notification, end) : outgoing.written();
  }

  private static CompletableFuture<Integer> unsent(Notification notification, Throwable cause) {
    Outgoing outgoing = new Outgoing(notification);
    outgoing.fail(cause);
    return outgoing.written();
  }

  /** What the kernel lacks for a notification, or null if it knows it. */
  private @Nullable String missing(Notification notification) {
    Connection agreed = connection;
    if (agreed == null) {
      throw new IllegalStateException("notifications begin with init()");
    }
    ProtocolVersion needed = new ProtocolVersion(7, notification.since());
    if (agreed.version().compareTo(needed) < 0) {
      return describe(notification) + " needs FUSE " + needed + ", not " + agreed.version();
    }
    InitFlag flag =
        switch (notification) {
          case Notification.InvalEntry entry when entry.flags() != 0 -> InitFlag.HAS_EXPIRE_ONLY;
          case Notification.Resend _ -> InitFlag.HAS_RESEND;
          default -> null;
        };
    return flag == null || agreed.has(flag)
        ? null
        : describe(notification) + " needs the kernel to announce " + flag;
  }

  private synchronized void startThread() {
    if (thread == null) {
      thread = Thread.ofPlatform().daemon().name(threadName).start(this::writeAll);
    }
  }

  private synchronized FuseDevice ownDevice() throws IOException {
    if (device == null) {
      throw new IOException("there is no device to write to");
    }
    return threads.call(device::forNotifications);
  }

  private void writeAll() {
    try (FuseDevice own = ownDevice()) {
      for (Outgoing next = queue.take(); next != null; next = queue.take()) {
        if (next.notification() instanceof Notification.Resend) {
          resend(own, next);
        } else {
          next.complete(write(own, next.notification()));
        }
      }
    } catch (IOException | RuntimeException | InterruptedException e) {
      log.error("no notifications are sent any more", e);
      end = new NotificationException("notifications cannot be sent (" + e + ")", Errno.EIO);
      close();
    }
  }

  /**
   * If a loop were about to enter a request that comes again at once on another loop, its answer
   * could go to the wrong one.
   */
  private void resend(FuseDevice own, Outgoing outgoing) {
    try {
      whileLoopsRest.accept(() -> outgoing.complete(write(own, outgoing.notification())));
    } catch (RejectedExecutionException e) {
      outgoing.fail(end);
    }
  }

  private int write(FuseDevice own, Notification notification) {
    ByteBuf message = Unpooled.directBuffer();
    try {
      notification.encode(message);
      CaptureWriter captured = capture;
      if (captured != null) {
        captured.notification(message);
      }
      int length = message.readableBytes();
      MemorySegment memory = MemorySegment.ofBuffer(message.internalNioBuffer(0, length));
      int result = Libc.write(own.fd(), memory.address(), length);
      logWritten(notification, result);
      return result;
    } finally {
      message.release();
    }
  }

  /** A log that fails must not keep the next notification from where it goes. */
  private void logWritten(Notification notification, int result) {
    try {
      Object outcome = result < 0 ? Errno.describe(result) : "accepted";
      wireLog.accept("-> " + describe(notification) + ": " + outcome);
    } catch (RuntimeException e) {
      log.warn("the wire log failed", e);
    }
  }

  private static NotificationException refused(Notification notification, int result) {
    Errno errno = Errno.ofNumber(result);
    return new NotificationException(
        "the kernel refused " + describe(notification), errno == null ? Errno.EIO : errno);
  }

  /** What the record says, without the data. */
  private static String describe(Notification notification) {
    return notification instanceof Notification.Store store
        ? "Store[nodeid=%d, offset=%d, size=%d]"
            .formatted(store.nodeid(), store.offset(), store.data().readableBytes())
        : notification.toString();
  }
}
