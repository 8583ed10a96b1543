package dev.fused.conformance;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections for laws that are about the beginning or the end of one. Closes what it made
 * when the law is through.
 */
final class Connector implements AutoCloseable {
  private final ServerUnderTest server;
  private final KernelPreset preset;
  private final Duration patience;
  private @Nullable SimulatedKernel made;

  Connector(ServerUnderTest server, KernelPreset preset, Duration patience) {
    this.server = server;
    this.preset = preset;
    this.patience = patience;
  }

  KernelPreset preset() {
    return preset;
  }

  Duration patience() {
    return patience;
  }

  /** Starts the server; INIT is not sent yet. Once for each law. */
  SimulatedKernel connect() {
    if (made != null) {
      throw new IllegalStateException("this law has its connection already");
    }
    try {
      made = SimulatedKernel.connect(server, preset, patience);
      return made;
    } catch (IOException e) {
      throw new ServerGone(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    if (made != null) {
      made.close();
    }
  }
}
