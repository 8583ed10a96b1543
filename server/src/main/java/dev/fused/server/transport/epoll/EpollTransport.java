package dev.fused.server.transport.epoll;

import dev.fused.server.linux.FuseDevice;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.pipeline.FusePipeline;
import dev.fused.server.pipeline.WireLog;
import dev.fused.server.session.FuseSession;
import dev.fused.server.transport.ReceiveBuffers;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a session on epoll loops: the first loop has the device itself, each further one a clone.
 *
 * <p>A transport is started once; from any thread but the loops'. Closing it again does nothing.
 */
public final class EpollTransport implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EpollTransport.class);

  /** Header and structure that come before the data of the largest request. */
  private static final int HEAD_SPACE = 4096;

  /** Data of the largest SETXATTR, which max_write does not bound. */
  private static final int XATTR_SIZE_MAX = 64 * 1024;

  /** For requests whose data is needed for longer. */
  private static final int SPARE_BYTES = 64 << 20;

  private static final int CLOSE_SECONDS = 5;

  private final FuseSession session;
  private final String name;
  private final int loops;
  private final ReceiveBuffers buffers;
  private volatile @Nullable WireLog wireLog;
  private final EventLoopGroup group;
  private final AtomicBoolean polls = new AtomicBoolean();
  private final List<EpollFuseChannel> channels = new ArrayList<>();

  /**
   * @param loops number of event loops, 1 or more
   * @param maxWrite most data bytes of one request
   * @param wireLog where to log each message, null for nowhere
   * @param name names the threads
   */
  public EpollTransport(
      FuseSession session, int loops, int maxWrite, @Nullable WireLog wireLog, String name) {
    Epoll.ensureAvailability();
    this.session = session;
    this.name = name;
    this.loops = loops;
    int size = Math.max(maxWrite, XATTR_SIZE_MAX) + HEAD_SPACE;
    this.buffers = new ReceiveBuffers(size, loops + Math.max(8, SPARE_BYTES / size));
    this.wireLog = wireLog;
    this.group =
        new MultiThreadIoEventLoopGroup(
            loops, new DefaultThreadFactory(name, true), EpollIoHandler.newFactory());
  }

  /**
   * Begins to read the device, from which INIT will come.
   *
   * @param whenClosed runs on a loop when the device has been closed, since the mount has ended
   */
  public void start(FuseDevice device, Runnable whenClosed) {
    session.backingFiles().attach(device);
    session.notifier().attach(device, name + " notify", this::whileLoopsRest);
    WireLog log = wireLog;
    if (log != null) {
      session.notifier().logTo(log::line);
    }
    open(device).closeFuture().addListener(closed -> whenClosed.run());
  }

  /** Begins to read the device, from which INIT will come. */
  public void start(FuseDevice device) {
    start(device, () -> {});
  }

  /**
   * Gives each further loop its clone of the device. Only after INIT: a session has one channel
   * until then.
   */
  public void startClones(FuseDevice device) throws IOException {
    for (int i = 1; i < loops; i++) {
      open(device.cloneDevice());
    }
  }

  /**
   * Logs each message from now on, or no longer. Any thread, also when the loops do not answer: the
   * change then waits for them.
   *
   * @param wireLog where to log, null for nowhere
   */
  public synchronized void log(@Nullable WireLog wireLog) {
    this.wireLog = wireLog;
    session.notifier().logTo(wireLog == null ? line -> {} : wireLog::line);
    for (EpollFuseChannel channel : channels) {
      channel.eventLoop().execute(() -> FusePipeline.log(channel.pipeline(), session, wireLog));
    }
  }

  /** What each loop has to do, in their order. */
  public synchronized List<LoopClock> clocks() {
    return channels.stream().map(EpollFuseChannel::clock).toList();
  }

  /** The loops, to run a task on each. */
  public Iterable<EventExecutor> executors() {
    return group;
  }

  /**
   * Runs an action while no loop is between reading a request and entering it into the table of
   * those in flight, nor between two halves of anything else. Not on a loop.
   */
  private void whileLoopsRest(Runnable action) {
    CountDownLatch resting = new CountDownLatch(loops);
    CountDownLatch over = new CountDownLatch(1);
    try {
      for (EventExecutor loop : group) {
        loop.execute(
            () -> {
              resting.countDown();
              awaitUninterruptibly(over);
            });
      }
      awaitUninterruptibly(resting);
      action.run();
    } finally {
      over.countDown();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized EpollFuseChannel open(FuseDevice device) {
    BusyPolling polling = new BusyPolling(polls, Runtime.getRuntime().availableProcessors());
    EpollFuseChannel channel = new EpollFuseChannel(session, device, buffers, polling);
    channels.add(channel);
    session.channelOpened();
    FusePipeline.install(channel.pipeline(), session, channel.clock(), wireLog);
    group.register(channel).syncUninterruptibly();
    return channel;
  }

  /**
   * Closes all channels, whereupon the kernel fails what is still unanswered, and ends the loops.
   * Returns when their threads are gone, or after 5 s if the file system holds one of them.
   */
  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // the end of the loops is waited for, for all
  public void close() {
    synchronized (this) {
      channels.forEach(EpollFuseChannel::close);
    }
    group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS);
    if (group.terminationFuture().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS)) {
      buffers.close();
    } else {
      log.error("the threads \"{}\" do not end: the file system holds one of them", name);
    }
  }
}
