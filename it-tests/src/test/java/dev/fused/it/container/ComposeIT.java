package dev.fused.it.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fused.it.support.Command;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Docker;
import dev.fused.it.support.Launcher;
import dev.fused.it.support.NeedsDocker;
import dev.fused.it.support.NeedsPrograms;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The example with a server and a client, {@code docker/compose.yaml}, as it is. */
@NeedsDocker
@NeedsPrograms("docker-compose")
final class ComposeIT {
  @Test
  void clientStartsWhenTheServerIsHealthyAndNothingIsLeft() {
    try (SharedDirectory directory = SharedDirectory.create()) {
      try {
        Result result =
            compose(directory, "up", "--no-color", "--exit-code-from", "example")
                .run()
                .requireSuccess();

        assertThat(result.out()).containsPattern("fused +1\\.0G .*% /data/memory");
        assertThat(result.out()).contains("fused_1", "exited with code 0");
      } finally {
        compose(directory, "down").output();
      }
      assertThat(directory.isMounted()).isFalse();
    }
  }

  private static Command compose(SharedDirectory directory, String... arguments) {
    List<Object> words =
        new ArrayList<>(
            List.of("docker-compose", "--file", Launcher.home().resolve("docker/compose.yaml")));
    words.addAll(List.of(arguments));
    return Docker.withEngine(Command.of(words.toArray()))
        .with("COMPOSE_PROJECT_NAME", "fused-it-" + ProcessHandle.current().pid())
        .with("FUSED_DIRECTORY", directory.memory().getParent().toString())
        .with("FUSED_IMAGE", FusedImage.name())
        .with("BASE_IMAGE", Docker.baseImage());
  }
}
