package dev.fused.daemon.prometheus;

import dev.fused.daemon.control.ControlServer;
import dev.fused.daemon.metrics.MountMeter;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.server.FuseMount;
import dev.fused.server.linux.CallThreads;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where Prometheus asks for metrics: those of the mount ({@link MountCollector}) and, by
 * Micrometer, those of the JVM. Listens from its making on, so that an address that cannot be had
 * is known before anything is mounted.
 *
 * <p>One thread of its own, so it answers when the loops hang.
 */
public final class MetricsEndpoint implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MetricsEndpoint.class);
  private static final int MOST_REQUEST = 16 << 10;
  private static final int IDLE_SECONDS = 120;
  private static final int BACKLOG = 16;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, registry, Clock.SYSTEM);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("fused metrics", true), EpollIoHandler.newFactory());
  private final MetricsAddress address;

  /** Null for a port. */
  private @Nullable Path socket;

  private volatile CallThreads threads = CallThreads.ORDINARY;

  private MetricsEndpoint(MetricsAddress address) {
    this.address = address;
  }

  /**
   * Begins to listen. A socket is for its owner only; what a dead server left in its place is
   * replaced.
   *
   * @throws IOException with a sentence if the address cannot be had
   */
  public static MetricsEndpoint listen(MetricsAddress address) throws IOException {
    MetricsEndpoint endpoint = new MetricsEndpoint(address);
    try {
      endpoint.bind();
    } catch (IOException e) {
      endpoint.close();
      throw new IOException("cannot listen for metrics at " + address + ": " + e.getMessage(), e);
    }
    endpoint.describeJvm();
    return endpoint;
  }

  private void bind() throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new ReadTimeoutHandler(IDLE_SECONDS, TimeUnit.SECONDS),
                            new HttpServerCodec(),
                            new HttpObjectAggregator(MOST_REQUEST),
                            new ScrapeHandler(meters::scrape));
                  }
                });
    Path place = address.path().orElse(null);
    if (place == null) {
      bind(bootstrap.channel(EpollServerSocketChannel.class), address.address());
      return;
    }
    requireFree(place);
    // Made where nobody else can come, and then moved: at no time could another user connect.
    Path directory =
        Files.createTempDirectory(
            place.resolveSibling("."),
            ".fused",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try {
      Path made = directory.resolve("socket");
      bind(
          bootstrap.channel(EpollServerDomainSocketChannel.class),
          new DomainSocketAddress(made.toFile()));
      Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
      Files.move(made, place, StandardCopyOption.ATOMIC_MOVE);
      socket = place;
    } finally {
      Files.delete(directory);
    }
  }

  private static void bind(ServerBootstrap bootstrap, SocketAddress address) throws IOException {
    Throwable failure = bootstrap.bind(address).awaitUninterruptibly().cause();
    if (failure != null) {
      throw new IOException(failure.getMessage(), failure);
    }
  }

  /** What is in the way is replaced only if it is a socket that nobody listens at. */
  private static void requireFree(Path place) throws IOException {
    if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    BasicFileAttributes there =
        Files.readAttributes(place, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!there.isOther()) {
      throw new IOException("there is something else than a socket already");
    }
    if (ControlServer.isListenedAt(place)) {
      throw new IOException("somebody listens there already");
    }
  }

  private void describeJvm() {
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new UptimeMetrics().bindTo(meters);
    new FileDescriptorMetrics().bindTo(meters);
    collections.bindTo(meters);
  }

  /**
   * Tells of a mount too, from now on.
   *
   * @param version of this program
   */
  public void describe(
      FuseMount mount, FuseFileSystem fileSystem, MountMeter meter, String version) {
    registry.register(new MountCollector(mount, fileSystem, meter, version));
    log.info("{}: metrics at {}", mount.path(), address);
  }

  /** Has the socket removed by {@code threads} at the end, which may be what only root may do. */
  public void callOn(CallThreads threads) {
    this.threads = threads;
  }

  /** Ends to listen, and removes the socket. */
  @Override
  @SuppressWarnings("FutureReturnValueIgnored") // its thread is a daemon
  public void close() {
    removeSocket();
    collections.close();
    meters.close();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private void removeSocket() {
    Path made = socket;
    if (made == null) {
      return;
    }
    try {
      threads.call(() -> Files.deleteIfExists(made));
    } catch (IOException e) {
      log.debug("removing {}", made, e);
    }
  }
}
