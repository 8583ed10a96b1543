package dev.fused.it.container;

import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Device;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PropagationMode;
import dev.fused.it.support.Waiting;
import java.time.Duration;
import java.util.List;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/**
 * A container of the image, that mounts in a {@link SharedDirectory}: with the least rights that a
 * server needs, and without a network. It has started when the mount answers. Closing it kills and
 * removes it.
 */
final class FusedContainer extends GenericContainer<FusedContainer> {
  private static final int STOP_SECONDS = 20;
  private static final String MOUNTED = "INFO  mounted ";

  /**
   * A container that is still to be started.
   *
   * @param arguments options of {@code fused mount}
   */
  FusedContainer(SharedDirectory directory, String... arguments) {
    super(DockerImageName.parse(FusedImage.name()));
    withNetworkMode("none");
    withCommand(arguments);
    waitingFor(
        Wait.forLogMessage(".*" + MOUNTED + ".*\\n", 1).withStartupTimeout(Duration.ofMinutes(1)));
    withCreateContainerCmdModifier(
        command -> {
          HostConfig host = command.getHostConfig();
          host.withBinds(directory.to("/mnt/fused", PropagationMode.RSHARED));
          host.withDevices(new Device("rwm", "/dev/fuse", "/dev/fuse"));
          host.withCapDrop(Capability.ALL).withCapAdd(Capability.SYS_ADMIN);
          host.withSecurityOpts(List.of("apparmor=unconfined"));
          host.withReadonlyRootfs(true);
        });
  }

  /** {@code docker run --privileged} instead of single rights. */
  FusedContainer privileged() {
    return withCreateContainerCmdModifier(
        command -> {
          HostConfig host = command.getHostConfig();
          host.withDevices()
              .withCapDrop()
              .withCapAdd()
              .withSecurityOpts(List.of())
              .withReadonlyRootfs(false);
          host.withPrivileged(true);
        });
  }

  /** {@code docker stop}; returns the exit status. */
  long stopOrderly() {
    getDockerClient().stopContainerCmd(getContainerId()).withTimeout(STOP_SECONDS).exec();
    return state().getExitCodeLong();
  }

  /** {@code docker kill}, and then the end. */
  void kill() {
    getDockerClient().killContainerCmd(getContainerId()).exec();
    Waiting.until("the killed container has ended", () -> !isRunning());
  }

  /** {@code docker start}; returns when the server has mounted once more. */
  void startAgain() {
    long before = mounts();
    getDockerClient().startContainerCmd(getContainerId()).exec();
    Waiting.until("the container mounts again", () -> mounts() > before || !isRunning());
    if (!isRunning()) {
      throw new AssertionError("the container did not start again:\n" + getLogs());
    }
  }

  ContainerState state() {
    return getCurrentContainerInfo().getState();
  }

  private long mounts() {
    return getLogs().lines().filter(line -> line.startsWith(MOUNTED)).count();
  }
}
