package dev.fused.server.pipeline;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.ResourceLeakDetector;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class that leaves a buffer unreleased behind. It leaks one buffer itself and waits
 * until Netty's detector reports that one: by then the collector has been over the others too.
 */
public final class NoLeaks implements BeforeAllCallback, AfterAllCallback {
  private static final int MAX_COLLECTIONS = 200;

  private final Queue<String> leaks = new ConcurrentLinkedQueue<>();

  @Override
  public void beforeAll(ExtensionContext context) {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ByteBufUtil.setLeakListener((type, records) -> leaks.add(records));
  }

  @Override
  public void afterAll(ExtensionContext context) throws InterruptedException {
    String canary = "canary " + System.nanoTime();
    Unpooled.directBuffer(1).touch(canary);
    boolean sung = false;
    try (Logged _ = new Logged("io.netty.util.ResourceLeakDetector")) {
      for (int i = 0; i < MAX_COLLECTIONS && !sung; i++) {
        System.gc();
        Thread.sleep(10);
        ByteBuf trigger = Unpooled.directBuffer(1); // the detector reports when it tracks
        trigger.release();
        sung = leaks.removeIf(records -> records.contains(canary));
      }
    }
    ByteBufUtil.setLeakListener(null);
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE);
    if (!sung) {
      throw new AssertionError("the detector did not even find the buffer that was leaked for it");
    }
    if (!leaks.isEmpty()) {
      throw new AssertionError(
          leaks.size()
              + " buffers leaked:\n"
              + leaks.stream().flatMap(NoLeaks::ourLines).collect(Collectors.joining("\n")));
    }
  }

  /** Where our code had the buffer, without the frames of Netty, JUnit and the JDK. */
  private static Stream<String> ourLines(String records) {
    return records.lines().filter(line -> !line.startsWith("\t") || line.contains("dev.fused"));
  }
}
