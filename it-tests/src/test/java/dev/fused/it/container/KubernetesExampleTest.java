package dev.fused.it.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.fused.it.support.Launcher;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What can be said of {@code docker/kubernetes.yaml} without a cluster: every field is one that
 * Kubernetes has, and what the fields say fits together and fits the image.
 */
final class KubernetesExampleTest {
  private static final Path DOCKER = Launcher.home().resolve("docker");

  /** Refuses fields that the types do not have, which they would collect by themselves. */
  private static final ObjectMapper STRICT =
      new ObjectMapper(new YAMLFactory())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setAnnotationIntrospector(
              new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                  return false;
                }
              });

  private DaemonSet server;
  private Pod client;

  @BeforeEach
  void read() throws IOException {
    List<JsonNode> documents =
        STRICT
            .readerFor(JsonNode.class)
            .<JsonNode>readValues(DOCKER.resolve("kubernetes.yaml").toFile())
            .readAll();
    assertThat(documents)
        .extracting(document -> document.path("kind").asText())
        .containsExactly("DaemonSet", "Pod");
    server = STRICT.treeToValue(documents.get(0), DaemonSet.class);
    client = STRICT.treeToValue(documents.get(1), Pod.class);
  }

  private PodSpec serverSpec() {
    return server.getSpec().getTemplate().getSpec();
  }

  private Container serverContainer() {
    return serverSpec().getContainers().getFirst();
  }

  @Test
  void theVersionsAreThoseOfTheTypes() {
    assertThat(server.getApiVersion()).isEqualTo(new DaemonSet().getApiVersion());
    assertThat(client.getApiVersion()).isEqualTo(new Pod().getApiVersion());
  }

  @Test
  void theSelectorSelectsItsPods() {
    assertThat(server.getSpec().getTemplate().getMetadata().getLabels())
        .containsAllEntriesOf(server.getSpec().getSelector().getMatchLabels());
  }

  /** Kubernetes refuses a pod that is not privileged and wants its mounts to be seen outside. */
  @Test
  void theServerMayLetItsMountOut() {
    assertThat(onlyMount(serverContainer()).getMountPropagation()).isEqualTo("Bidirectional");
    assertThat(serverContainer().getSecurityContext().getPrivileged()).isTrue();
  }

  @Test
  void theClientSeesTheMountWhereTheServerMakesIt() throws IOException {
    Container example = client.getSpec().getContainers().getFirst();
    VolumeMount theirs = onlyMount(example);
    String mountPoint = imageSetting("FUSED_MOUNTPOINT");
    String below = mountPoint.substring(onlyMount(serverContainer()).getMountPath().length());

    assertThat(theirs.getMountPropagation()).isEqualTo("HostToContainer");
    assertThat(mountPoint).startsWith(onlyMount(serverContainer()).getMountPath() + "/");
    assertThat(String.join(" ", example.getCommand())).contains(theirs.getMountPath() + below);
    assertThat(hostPath(serverSpec(), onlyMount(serverContainer())))
        .isEqualTo(hostPath(client.getSpec(), theirs));
  }

  @Test
  void theProbesRunWhatTheImageHas() {
    List<String> health = List.of("/opt/fused/health");

    assertThat(serverContainer().getStartupProbe().getExec().getCommand()).isEqualTo(health);
    assertThat(serverContainer().getLivenessProbe().getExec().getCommand()).isEqualTo(health);
    assertThat(DOCKER.resolve("health")).isExecutable();
  }

  @Test
  void theFilesFitIntoTheMemoryOfTheContainer() {
    String options =
        serverContainer().getEnv().stream()
            .filter(variable -> variable.getName().equals("FUSED_OPTIONS"))
            .findFirst()
            .orElseThrow()
            .getValue();

    assertThat(options).isEqualTo("size=1g");
    assertThat(serverContainer().getResources().getLimits().get("memory").getNumericalAmount())
        .isGreaterThan(new BigDecimal(1L << 30));
  }

  private static VolumeMount onlyMount(Container container) {
    assertThat(container.getVolumeMounts()).hasSize(1);
    return container.getVolumeMounts().getFirst();
  }

  private static String hostPath(PodSpec spec, VolumeMount mount) {
    return spec.getVolumes().stream()
        .filter(volume -> volume.getName().equals(mount.getName()))
        .map(Volume::getHostPath)
        .findFirst()
        .orElseThrow()
        .getPath();
  }

  private static String imageSetting(String variable) throws IOException {
    return Files.readAllLines(DOCKER.resolve("Dockerfile")).stream()
        .flatMap(line -> Arrays.stream(line.strip().split("\\s+")))
        .filter(word -> word.startsWith(variable + "="))
        .findFirst()
        .orElseThrow()
        .substring(variable.length() + 1);
  }
}
