package dev.fused.conformance.command;

import dev.fused.daemon.Fused;
import dev.fused.daemon.control.ControlServer;
import dev.fused.daemon.metrics.MountMeter;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Statfs;
import dev.fused.server.metrics.ChannelMeter;
import dev.fused.server.metrics.LoopClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the build runs once, so that the JVM can keep the classes of a mount and of serving for
 * later starts. Needs neither root nor /dev/fuse, and mounts nothing.
 */
public final class StartTraining {
  private StartTraining() {}

  /** Fails if a command does not end as it should: it would have trained something else. */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createTempDirectory("fused-training-");
    Path log = directory.resolve("log");
    try {
      String missing = directory.resolve("missing").toString();
      String logFile = log.toString();
      // A server in the background, until it looks for its mount point.
      expect(1, "mount", missing, "--size", "1g", "--log-file", logFile, "--ready-fd", "1");
      expect(0, "conformance", "--kernel", "6.18");
      operate(directory.resolve("socket"));
    } finally {
      Files.deleteIfExists(log);
      Files.delete(directory);
    }
  }

  /** What a server has beside its loops from the start. */
  private static void operate(Path socket) throws IOException {
    ControlServer.start(socket, line -> line, "training").close();
    ChannelMeter meter = new MountMeter().newChannel(new LoopClock());
    FuseRequest request = new Statfs(RequestHeader.of(Opcode.STATFS, 2, 1, 0, 0, 1));
    meter.received(request, 1);
    meter.answered(request, null, 0, 1);
  }

  private static void expect(int status, String... arguments) {
    int actual = Fused.run(arguments);
    if (actual != status) {
      throw new IllegalStateException(
          "fused " + String.join(" ", arguments) + " ended with " + actual + ", not " + status);
    }
  }
}
