package dev.fused.server.transport.uring;

import static dev.fused.server.session.InitNegotiator.LEAST_RING_PAYLOAD;

import dev.fused.filesystem.Connection;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Libc;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.pipeline.FusePipeline;
import dev.fused.server.pipeline.WireLog;
import dev.fused.server.session.FuseSession;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a session on rings of io_uring, one for each processor. What comes over the device, INIT
 * to begin with, is served by another transport.
 *
 * <p>The rings are there before INIT is answered: once the kernel has been told of io_uring, it
 * holds all requests back until every queue has an entry. Closing it again does nothing.
 */
public final class UringTransport implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UringTransport.class);
  private static final Path PARAMETER = Path.of("/sys/module/fuse/parameters/enable_uring");

  private static final Path MAX_PAGES_LIMIT = Path.of("/proc/sys/fs/fuse/max_pages_limit");

  private static final int CLOSE_SECONDS = 5;
  private static final int MOST_QUEUES_PER_PROCESSOR = 4;

  private final FuseSession session;
  private volatile @Nullable WireLog wireLog;
  private final String name;
  private final EventLoopGroup group;
  private final int queues;
  private final Queue<FuseDevice> devices = new ArrayDeque<>();
  private final Arena memory = Arena.ofShared();
  private final List<UringFuseChannel> channels = new ArrayList<>();
  private boolean closed;

  private UringTransport(FuseSession session, int queues, @Nullable WireLog wireLog, String name) {
    this.session = session;
    this.wireLog = wireLog;
    this.name = name;
    this.queues = queues;
    this.group =
        new MultiThreadIoEventLoopGroup(
            queues, new DefaultThreadFactory(name, true), new HandlerFactory());
  }

  /** Makes the handlers of the loops in order, each for the next processor. */
  private static final class HandlerFactory implements IoHandlerFactory {
    private int next;

    @Override
    public IoHandler newHandler(ThreadAwareExecutor loop) {
      try {
        return new UringIoHandler(loop, next++);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Refuses where the queues would be far more than the processors that there are for them, as in a
   * container, or a virtual machine that may grow.
   *
   * @param processors that this process may use
   * @throws IOException if so; the message says it
   */
  public static void requireModest(int processors) throws IOException {
    requireModest(PossibleCpus.count(), processors);
  }

  static void requireModest(int queues, int processors) throws IOException {
    if (queues > MOST_QUEUES_PER_PROCESSOR * processors) {
      throw unavailable(
          "it would take %d queues, for %d processors that can be used; transport=io_uring does it all the same"
              .formatted(queues, processors));
    }
  }

  /**
   * The rings of a mount that is yet to be made.
   *
   * @param device which will be mounted; each queue gets a descriptor of its own
   * @param maxWrite most data bytes of one request
   * @param wireLog where to log each message, null for nowhere
   * @param name names the threads
   * @throws IOException if this kernel does not serve FUSE over io_uring, or not us; the message
   *     says why, and what to do
   */
  public static UringTransport create(
      FuseSession session, FuseDevice device, int maxWrite, @Nullable WireLog wireLog, String name)
      throws IOException {
    requireParameter(PARAMETER);
    requirePages(MAX_PAGES_LIMIT, maxWrite);
    int queues = PossibleCpus.count();
    UringTransport transport;
    try {
      transport = new UringTransport(session, queues, wireLog, name);
    } catch (RuntimeException e) { // Netty wraps why a loop could not be made
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw unavailable(String.valueOf(cause.getMessage()));
    }
    try {
      // Now: later, with requests held back, it must not fail.
      for (int i = 0; i < queues; i++) {
        transport.devices.add(device.duplicate());
      }
    } catch (IOException e) {
      transport.close();
      throw e;
    }
    return transport;
  }

  static void requireParameter(Path parameter) throws IOException {
    String value;
    try {
      value = Files.readString(parameter).strip();
    } catch (IOException e) {
      throw unavailable("it needs Linux 6.14 or later, built with CONFIG_FUSE_IO_URING");
    }
    if (!value.equals("Y")) {
      throw unavailable("it is switched off; as root: echo Y > " + parameter);
    }
  }

  /** The kernel crashes if it has a request that fits into no entry. */
  static void requirePages(Path limit, int maxWrite) throws IOException {
    if (maxWrite >= LEAST_RING_PAYLOAD || !Files.exists(limit)) {
      return;
    }
    long bytes;
    // Files.readString would read one byte, upon which procfs says that this was all.
    try (BufferedReader reader = Files.newBufferedReader(limit)) {
      bytes = Long.parseLong(String.valueOf(reader.readLine())) * Libc.getpagesize();
    }
    if (bytes < LEAST_RING_PAYLOAD) {
      throw unavailable(
          "%s allows requests of %d bytes, and an extended attribute may need %d; raise it, or max_write"
              .formatted(limit, bytes, LEAST_RING_PAYLOAD));
    }
  }

  private static IOException unavailable(String reason) {
    return new IOException("transport io_uring cannot be used: " + reason);
  }

  /** How many queues there are: one for each processor that the kernel may ever use. */
  public int queues() {
    return queues;
  }

  /**
   * Gives the kernel the entries of all queues, after INIT has agreed on io_uring. Does not wait;
   * any thread, while a channel of the session is open.
   *
   * @return completes when the kernel has them; exceptionally if requests come over the device
   */
  public synchronized CompletableFuture<Void> start(Connection connection) {
    int payloadSize = Math.max(connection.maxWrite(), connection.maxPages() * Libc.getpagesize());
    List<CompletableFuture<Void>> ready = new ArrayList<>();
    for (EventExecutor loop : group) {
      FuseDevice device = devices.remove();
      int queue = channels.size();
      UringFuseChannel channel = new UringFuseChannel(session, device, queue, memory, payloadSize);
      channels.add(channel);
      session.channelOpened();
      FusePipeline.install(channel.pipeline(), session, channel.clock(), wireLog);
      ready.add(channel.ready());
      open(channel, (EventLoop) loop);
    }
    return CompletableFuture.allOf(ready.toArray(CompletableFuture[]::new));
  }

  /** As {@code EpollTransport.log}. */
  public synchronized void log(@Nullable WireLog wireLog) {
    this.wireLog = wireLog;
    for (UringFuseChannel channel : channels) {
      channel.eventLoop().execute(() -> FusePipeline.log(channel.pipeline(), session, wireLog));
    }
  }

  /** What each loop has to do, in the order of the processors. */
  public synchronized List<LoopClock> clocks() {
    return channels.stream().map(UringFuseChannel::clock).toList();
  }

  /** The loops, to run a task on each. */
  public Iterable<EventExecutor> executors() {
    return group;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a channel that is not registered is closed
  private static void open(UringFuseChannel channel, EventLoop loop) {
    loop.register(channel);
  }

  /**
   * Closes the channels, for the mount has ended: a queue whose requests are all being worked on
   * does not learn of that. Any thread.
   */
  @SuppressWarnings("FutureReturnValueIgnored") // closing a channel cannot fail
  public synchronized void end() {
    for (UringFuseChannel channel : channels) {
      channel.close();
    }
  }

  /**
   * Ends the loops, and frees the memory. Returns when their threads are gone, or after 5 s if the
   * file system holds one of them.
   */
  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // the end of the loops is waited for, for all
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      devices.forEach(FuseDevice::close);
    }
    end();
    group.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS);
    if (group.terminationFuture().awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS)) {
      memory.close();
    } else {
      log.error("the threads \"{}\" do not end: the file system holds one of them", name);
    }
  }
}
