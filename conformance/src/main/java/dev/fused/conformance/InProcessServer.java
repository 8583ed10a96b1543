package dev.fused.conformance;

import dev.fused.filesystem.FuseFileSystem;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.session.FuseSession;
import dev.fused.server.session.SessionOptions;
import dev.fused.server.transport.epoll.EpollTransport;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Our own server with a file system, in this process. */
public final class InProcessServer implements ServerUnderTest {
  private final String description;
  private final Supplier<FuseFileSystem> fileSystems;
  private final SessionOptions options;

  /**
   * @param fileSystems makes a fresh, empty file system for each start
   */
  public InProcessServer(String description, Supplier<FuseFileSystem> fileSystems) {
    this(description, fileSystems, SessionOptions.DEFAULT);
  }

  /**
   * @param fileSystems makes a fresh, empty file system for each start
   * @param options what the server asks for in INIT
   */
  public InProcessServer(
      String description, Supplier<FuseFileSystem> fileSystems, SessionOptions options) {
    this.description = description;
    this.fileSystems = fileSystems;
    this.options = options;
  }

  @Override
  public String describe() {
    return description;
  }

  @Override
  public Running start(int fd) throws IOException {
    FuseDevice device = FuseDevice.ofSocket(fd);
    FuseSession session;
    EpollTransport transport;
    try {
      session = new FuseSession(fileSystems.get(), options);
      transport = new EpollTransport(session, 1, options.maxWrite(), null, "fused conformance");
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
    transport.start(device);
    return new Served(session, transport);
  }

  private record Served(FuseSession session, EpollTransport transport) implements Running {
    @Override
    public boolean awaitEnd(Duration bound) throws InterruptedException {
      try {
        session.ended().get(bound.toNanos(), TimeUnit.NANOSECONDS);
        return true;
      } catch (TimeoutException e) {
        return false;
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public String status() {
      return session.ended().isDone() ? "its session has ended" : "it runs in this process";
    }

    @Override
    public void close() {
      transport.close();
    }
  }
}
