package dev.fused.it.container;

import com.github.dockerjava.api.model.PropagationMode;
import dev.fused.it.support.Docker;
import java.io.IOException;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * A container that uses what another one mounts: it has no right of its own, and sees the {@link
 * SharedDirectory} at /data.
 */
final class ClientContainer extends GenericContainer<ClientContainer> {
  ClientContainer(SharedDirectory directory) {
    super(DockerImageName.parse(Docker.baseImage()));
    withNetworkMode("none");
    withCommand("sleep", "infinity");
    withCreateContainerCmdModifier(
        command ->
            command.getHostConfig().withBinds(directory.to("/data", PropagationMode.RSLAVE)));
  }

  /** Runs a line of a shell, which must succeed, and returns what it wrote. */
  String shell(String line) throws IOException, InterruptedException {
    ExecResult result = execInContainer("timeout", "20", "bash", "-euo", "pipefail", "-c", line);
    if (result.getExitCode() != 0) {
      throw new AssertionError(line + ": " + result);
    }
    return result.getStdout();
  }
}
