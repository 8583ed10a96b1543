package dev.fused.conformance;

import dev.fused.conformance.Result.Outcome;
import dev.fused.protocol.InitFlag;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs laws against a server that plays with one kernel. Laws share a connection, which is made
 * again when a law has spoilt it. One thread at a time.
 */
public final class Suite implements AutoCloseable {
  private final ServerUnderTest server;
  private final KernelPreset preset;
  private final Duration patience;
  private @Nullable SimulatedKernel shared;

  /**
   * @param patience how long any answer may take
   */
  public Suite(ServerUnderTest server, KernelPreset preset, Duration patience) {
    this.server = server;
    this.preset = preset;
    this.patience = patience;
  }

  /**
   * Starts the server and exchanges INIT, so that a server which cannot even do that is told from
   * one that breaks laws.
   *
   * @throws IOException if it cannot be started; the message is a sentence
   */
  public void start() throws IOException {
    try {
      connected();
    } catch (ServerGone | LawBroken | NotImplemented e) {
      throw new IOException(
          "the server \"%s\" does not begin: %s".formatted(server.describe(), message(e)), e);
    }
  }

  /** What comes of one law. */
  public Result run(LawMethod law) {
    long start = System.nanoTime();
    if (!law.appliesTo(preset)) {
      return result(law, start, Outcome.NOT_APPLICABLE, preset.name() + " does not do that");
    }
    try {
      if (law.ownConnection()) {
        runAlone(law);
      } else {
        SimulatedKernel kernel = connected();
        Set<InitFlag> missing = EnumSet.noneOf(InitFlag.class);
        missing.addAll(law.needs());
        missing.removeIf(flag -> flag.honoured() == InitFlag.Honoured.KERNEL);
        missing.removeAll(kernel.negotiated());
        if (!missing.isEmpty()) {
          return result(law, start, Outcome.SKIPPED, "the server does not ask for " + missing);
        }
        runShared(law, kernel);
      }
      return result(law, start, Outcome.PASSED, "");
    } catch (NotImplemented e) {
      return result(law, start, Outcome.SKIPPED, message(e));
    } catch (LawBroken | ServerGone e) {
      disconnect();
      return result(law, start, Outcome.FAILED, message(e));
    }
  }

  private void runAlone(LawMethod law) {
    try (Connector connector = new Connector(server, preset, patience)) {
      law.run(connector);
    }
  }

  private void runShared(LawMethod law, SimulatedKernel kernel) {
    Client client = new Client(kernel);
    NotImplemented leftOut = null;
    try {
      law.run(client);
    } catch (NotImplemented e) {
      leftOut = e;
    } catch (LawBroken e) {
      leaveNothingBehind(client);
      throw e;
    }
    client.cleanUp();
    client.getattr(Client.ROOT);
    requireNoViolation(kernel);
    if (leftOut != null) {
      throw leftOut;
    }
  }

  /** As far as a server goes along that has just broken a law. */
  private static void leaveNothingBehind(Client client) {
    try {
      client.cleanUp();
    } catch (LawBroken | ServerGone e) {
      // The law that was broken first is what counts.
    }
  }

  private static void requireNoViolation(SimulatedKernel kernel) {
    List<String> violations = kernel.takeViolations();
    if (!violations.isEmpty()) {
      throw new LawBroken(String.join("; ", violations));
    }
  }

  private SimulatedKernel connected() {
    SimulatedKernel kernel = shared;
    if (kernel == null) {
      try {
        kernel = SimulatedKernel.connect(server, preset, patience);
      } catch (IOException e) {
        throw new ServerGone(String.valueOf(e.getMessage()));
      }
      shared = kernel;
      kernel.negotiate();
    }
    return kernel;
  }

  private Result result(LawMethod law, long start, Outcome outcome, String reason) {
    return new Result(law, preset, outcome, reason, Duration.ofNanos(System.nanoTime() - start));
  }

  private static String message(RuntimeException e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private void disconnect() {
    SimulatedKernel kernel = shared;
    shared = null;
    if (kernel != null) {
      kernel.close();
    }
  }

  /** Ends the shared connection and its server. */
  @Override
  public void close() {
    disconnect();
  }
}
