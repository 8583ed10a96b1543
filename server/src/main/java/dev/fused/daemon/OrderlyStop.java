package dev.fused.daemon;

import dev.fused.server.FuseMount;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What SIGTERM and SIGINT do: they unmount, and the program ends with status 0, not with that of
 * the signal. A signal that comes while the mount is made waits for it: a mount without a server
 * would be left.
 */
final class OrderlyStop {
  /** More than mounting may take. */
  private static final Duration MOUNTING_BOUND = Duration.ofSeconds(20);

  private final MountServices services;
  private final CompletableFuture<Optional<FuseMount>> mount = new CompletableFuture<>();

  private OrderlyStop(MountServices services) {
    this.services = services;
  }

  /** From now on. */
  static OrderlyStop onSignals(MountServices services) {
    OrderlyStop stop = new OrderlyStop(services);
    Runtime.getRuntime().addShutdownHook(new Thread(stop::run, "fused stop"));
    return stop;
  }

  /** Mounts, or fails at it. */
  interface Mounting {
    FuseMount mount() throws IOException;
  }

  /** Makes the mount that is to be ended. */
  FuseMount mount(Mounting mounting) throws IOException {
    @Nullable FuseMount made = null;
    try {
      made = mounting.mount();
      return made;
    } finally {
      mount.complete(Optional.ofNullable(made));
    }
  }

  private void run() {
    FuseMount made = awaitMount();
    if (made == null) {
      return;
    }
    boolean running = made.isServed();
    services.stopping();
    made.close();
    services.close();
    if (running) {
      Recordings.write();
      Runtime.getRuntime().halt(0);
    }
  }

  /** Null if there is none, and will not be. */
  private @Nullable FuseMount awaitMount() {
    try {
      return mount.get(MOUNTING_BOUND.toSeconds(), TimeUnit.SECONDS).orElse(null);
    } catch (TimeoutException | ExecutionException e) {
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
