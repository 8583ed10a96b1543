package dev.fused.daemon.service;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fused.server.linux.Libc;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ServiceManagerTest {
  private static final int MOST = 8192;
  private static final Duration SHORT = Duration.ofMillis(5);

  private int ours;
  private int theirs;

  @BeforeEach
  void connectedSockets() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pair = arena.allocate(JAVA_INT, 2);
      assertThat(Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_DGRAM, pair.address())).isZero();
      ours = pair.getAtIndex(JAVA_INT, 0);
      theirs = pair.getAtIndex(JAVA_INT, 1);
    }
  }

  @AfterEach
  void closeTheirs() {
    Libc.close(theirs);
  }

  /** Waits for the next message. */
  private String heard() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(MOST);
      int count = Libc.read(theirs, buffer.address(), MOST);
      return new String(buffer.asSlice(0, count).toArray(JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }

  private boolean isSilent() {
    return Libc.poll(theirs, Libc.POLLIN, 0) == 0;
  }

  @Test
  void readinessComesWithTheStatusInOneMessage() {
    try (ServiceManager manager = new ServiceManager(new NotifySocket(ours), null)) {
      manager.ready("mounted /mnt: memory", CompletableFuture::new);

      assertThat(heard()).isEqualTo("READY=1\nSTATUS=mounted /mnt: memory");
      assertThat(isSilent()).as("no beat without a watchdog").isTrue();
    }
  }

  @Test
  void theEndIsToldOnce() {
    try (ServiceManager manager = new ServiceManager(new NotifySocket(ours), null)) {
      manager.stopping("unmounting /mnt");
      manager.stopping("unmounting /mnt");

      assertThat(heard()).isEqualTo("STOPPING=1\nSTATUS=unmounting /mnt");
      assertThat(isSilent()).isTrue();
    }
  }

  @Test
  void aNameWithALineFeedAddsNoAssignment() {
    try (ServiceManager manager = new ServiceManager(new NotifySocket(ours), null)) {
      manager.stopping("unmounting /mnt/a\nMAINPID=1");

      assertThat(heard()).isEqualTo("STOPPING=1\nSTATUS=unmounting /mnt/a?MAINPID=1");
    }
  }

  @Test
  void itBeatsAsLongAsTheLoopsComeRound() {
    try (ServiceManager manager = new ServiceManager(new NotifySocket(ours), SHORT)) {
      manager.ready("mounted", () -> CompletableFuture.completedFuture(null));

      assertThat(heard()).startsWith("READY=1");
      for (int i = 0; i < 5; i++) {
        assertThat(heard()).isEqualTo("WATCHDOG=1");
      }
    }
  }

  @Test
  void itDoesNotBeatWhileALoopIsHeldAndGoesOnAfterwards() throws Exception {
    CompletableFuture<Void> held = new CompletableFuture<>();
    try (ServiceManager manager = new ServiceManager(new NotifySocket(ours), SHORT)) {
      manager.ready("mounted", () -> held);
      assertThat(heard()).startsWith("READY=1");

      Thread.sleep(SHORT.multipliedBy(10));
      assertThat(isSilent()).isTrue();

      held.complete(null);
      assertThat(heard()).isEqualTo("WATCHDOG=1");
      assertThat(heard()).isEqualTo("WATCHDOG=1");
    }
  }

  @Test
  void itDoesNotBeatAfterTheLoopsHaveEnded() throws Exception {
    CompletableFuture<Void> ended =
        CompletableFuture.failedFuture(new RejectedExecutionException("ended"));
    try (ServiceManager manager = new ServiceManager(new NotifySocket(ours), SHORT)) {
      manager.ready("mounted", () -> ended);
      assertThat(heard()).startsWith("READY=1");

      Thread.sleep(SHORT.multipliedBy(10));
      assertThat(isSilent()).isTrue();
    }
  }

  @Test
  void aManagerThatIsGoneIsNoFailure() {
    Libc.close(theirs);
    try (ServiceManager manager = new ServiceManager(new NotifySocket(ours), null)) {
      manager.ready("mounted", CompletableFuture::new);
      manager.stopping("unmounting");
    }
  }

  @Test
  void theBeatIsHalfOfTheWatchdogsTime() {
    assertThat(ServiceManager.beats(Map.of("WATCHDOG_USEC", "60000000"), 7))
        .isEqualTo(Duration.ofSeconds(30));
    assertThat(ServiceManager.beats(Map.of("WATCHDOG_USEC", "2", "WATCHDOG_PID", "7"), 7))
        .isEqualTo(Duration.ofNanos(1000));
  }

  @Test
  void aWatchdogOfAnotherProcessIsNotOurs() {
    assertThat(ServiceManager.beats(Map.of("WATCHDOG_USEC", "60", "WATCHDOG_PID", "8"), 7))
        .isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0", "1", "-5", "soon", "9223372036854775807", "99999999999999999999"})
  void aTimeThatMakesNoSenseIsNoWatchdog(String micros) {
    assertThat(ServiceManager.beats(Map.of("WATCHDOG_USEC", micros), 7)).isNull();
    assertThat(ServiceManager.beats(Map.of(), 7)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "@", "relative/path", "vsock:2:1234"})
  void anAddressThatIsNoneIsRefusedByName(String address) {
    assertThatThrownBy(() -> NotifySocket.connect(address))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("\"" + address + "\" is neither an absolute path nor");
  }

  @Test
  void anAddressThatIsTooLongIsRefused() {
    assertThatThrownBy(() -> NotifySocket.connect("/" + "x".repeat(Libc.UNIX_PATH_SIZE)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("at most 108 bytes");
  }

  @Test
  void aSocketThatIsNotThereIsNamedAndLeavesTheServerAlone() {
    assertThatThrownBy(() -> NotifySocket.connect("/nonexistent/notify"))
        .isInstanceOf(IOException.class)
        .hasMessage("cannot connect to /nonexistent/notify: ENOENT (no such file or directory)");
    assertThat(ServiceManager.of(Map.of("NOTIFY_SOCKET", "@fused-nobody-listens"), 7)).isNull();
  }
}
