package dev.fused.server.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceVariablesTest {
  @Test
  void whatAServiceManagerSaysToTheServerIsNotForItsChildren() {
    Map<String, String> environment =
        new HashMap<>(
            Map.of(
                "PATH", "/bin",
                "NOTIFY_SOCKET", "/run/systemd/notify",
                "WATCHDOG_USEC", "60000000",
                "WATCHDOG_PID", "7",
                "LISTEN_FDS", "1",
                "LISTEN_FDNAMES", "fuse",
                "LISTEN_PID", "7"));

    ServiceVariables.removeFrom(environment);

    assertThat(environment).containsOnlyKeys("PATH");
  }
}
