package dev.fused.conformance.command;

import dev.fused.daemon.Fused;
import dev.fused.daemon.control.ControlServer;
import dev.fused.daemon.metrics.MountMeter;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.protocol.request.Statfs;
import dev.fused.server.linux.Libc;
import dev.fused.server.metrics.ChannelMeter;
import dev.fused.server.metrics.LoopClock;
import dev.fused.server.mount.MountException;
import dev.fused.server.mount.MountHelper;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What the build runs once, so that the JVM can keep the classes of a mount and of serving for
 * later starts. Needs neither root nor /dev/fuse: with {@code --mount} it mounts too, if it may.
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
      if (List.of(args).contains("--mount")) {
        mount(Files.createDirectory(directory.resolve("mnt")), logFile);
      }
    } finally {
      Files.deleteIfExists(directory.resolve("mnt"));
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

  /** A server in the background, from its start to its end; none where it may not be mounted. */
  private static void mount(Path place, String logFile) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pipe = arena.allocate(ValueLayout.JAVA_INT, 2);
      Libc.pipe2(pipe.address(), Libc.O_CLOEXEC);
      int reading = pipe.getAtIndex(ValueLayout.JAVA_INT, 0);
      int ready = pipe.getAtIndex(ValueLayout.JAVA_INT, 1);
      int output = Libc.fcntl(1, Libc.F_DUPFD_CLOEXEC, 0);
      Thread.ofPlatform().daemon().start(() -> unmount(place, reading));
      int status =
          Fused.run("mount", place.toString(), "--log-file", logFile, "--ready-fd", "" + ready);
      // A server in the background lets go of them.
      Libc.dup2(output, 1);
      Libc.dup2(output, 2);
      System.out.println(status == 0 ? "mounted" : "not mounted: fused mount ended with " + status);
    }
  }

  /** Once the server says that the mount answers. */
  private static void unmount(Path place, int reading) {
    try (Arena arena = Arena.ofConfined()) {
      if (Libc.read(reading, arena.allocate(1).address(), 1) == 1) {
        MountHelper.unmount(place, Duration.ZERO);
      }
    } catch (MountException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void expect(int status, String... arguments) {
    int actual = Fused.run(arguments);
    if (actual != status) {
      throw new IllegalStateException(
          "fused " + String.join(" ", arguments) + " ended with " + actual + ", not " + status);
    }
  }
}
