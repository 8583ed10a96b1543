package dev.fused.it.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.HealthCheck;
import dev.fused.it.support.Command.Result;
import dev.fused.it.support.Docker;
import dev.fused.it.support.NeedsDocker;
import dev.fused.it.support.Waiting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the image holds, and how it is told what to do. */
@NeedsDocker
final class ImageIT {
  private static final long MEGABYTE = 1_000_000;
  private static final Pattern PACKAGE_URL =
      Pattern.compile(
          "\"purl\"\\s*:\\s*\"pkg:maven/[^/]+/([^@]+)@([^?]+)\\?(?:classifier=([^&]+)&)?type=jar\"");

  @Test
  void imageAddsLessThan120MegabytesToItsBase() {
    assertThat(FusedImage.size(FusedImage.name()) - FusedImage.size(Docker.baseImage()))
        .isBetween(10 * MEGABYTE, 120 * MEGABYTE);
  }

  @Test
  void classesComeFromTheCacheThatTheImageHas() {
    Result result =
        run(
            List.of("--read-only", "--env", "JDK_JAVA_OPTIONS=-Xlog:class+load:stderr"),
            "conformance",
            "--kernel",
            "6.18",
            "--law",
            "INIT");

    assertThat(result.requireSuccess().err())
        .containsPattern(
            "dev\\.fused\\.server\\.session\\.FuseSession source: shared objects file");
  }

  @Test
  void billOfMaterialsListsExactlyTheJarsOfTheImage() {
    List<String> jars =
        run(List.of("--entrypoint", "ls"), "/opt/fused/lib")
            .requireSuccess()
            .out()
            .lines()
            .filter(name -> name.endsWith(".jar"))
            .toList();
    String bill =
        run(List.of("--entrypoint", "cat"), "/opt/fused/fused.cdx.json").requireSuccess().out();

    List<String> listed =
        PACKAGE_URL
            .matcher(bill)
            .results()
            .map(url -> "%s-%s%s.jar".formatted(url.group(1), url.group(2), classifier(url)))
            .toList();
    assertThat(listed).containsExactlyInAnyOrderElementsOf(jars);
  }

  private static String classifier(MatchResult url) {
    return url.group(3) == null ? "" : "-" + url.group(3);
  }

  @Test
  void wrongOptionEndsTheContainerWithItsName() {
    Result result = run(List.of("--env", "FUSED_OPTIONS=sise=1g"));

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("sise");
  }

  @Test
  void missingRightsAreNamed() {
    Result noDevice = run(List.of("--cap-add", "SYS_ADMIN"));
    assertThat(noDevice.status()).isEqualTo(1);
    assertThat(noDevice.err())
        .contains("cannot open /dev/fuse: ENOENT")
        .contains("--device /dev/fuse");

    Result noCapability = run(List.of("--device", "/dev/fuse"));
    assertThat(noCapability.status()).isEqualTo(1);
    assertThat(noCapability.err()).contains("CAP_SYS_ADMIN");
  }

  @Test
  void optionsComeFromTheEnvironmentAndTheCommandLineWins()
      throws IOException, InterruptedException {
    try (SharedDirectory directory = SharedDirectory.create();
        FusedContainer server =
            new FusedContainer(directory, "--size", "32m")
                .withEnv("FUSED_OPTIONS", "size=64m,inodes=1234,mode=0750")
                .withEnv("FUSED_MOUNTPOINT", "/mnt/fused/memory/../memory")) {
      server.start();

      assertThat(
              server
                  .execInContainer("df", "-B1M", "--output=size,itotal", "/mnt/fused/memory")
                  .getStdout())
          .containsPattern("32 +1234");
      assertThat(
              server
                  .execInContainer("stat", "--format=%a", "/mnt/fused/memory")
                  .getStdout()
                  .strip())
          .isEqualTo("750");
    }
  }

  @Test
  void healthIsTheAnswerOfTheServer() {
    try (SharedDirectory directory = SharedDirectory.create();
        FusedContainer server = new FusedContainer(directory)) {
      // Of the image's check only the times are others.
      long second = TimeUnit.SECONDS.toNanos(1);
      server.withCreateContainerCmdModifier(
          command ->
              command.withHealthcheck(
                  new HealthCheck()
                      .withInterval(second / 4)
                      .withTimeout(second)
                      .withRetries(2)
                      .withStartPeriod(second / 1000)));
      server.start();
      awaitHealth(server, "healthy");

      Docker.command("kill", "--signal", "STOP", server.getContainerId()).output();
      try {
        awaitHealth(server, "unhealthy");
      } finally {
        Docker.command("kill", "--signal", "CONT", server.getContainerId()).output();
      }
      awaitHealth(server, "healthy");
      assertThat(server.stopOrderly()).isZero();
    }
  }

  private static void awaitHealth(FusedContainer server, String health) {
    Waiting.until(
        "the container is " + health, () -> health.equals(server.state().getHealth().getStatus()));
  }

  private static Result run(List<String> options, String... arguments) {
    List<Object> words =
        new ArrayList<>(
            List.of("run", "--rm", "--network", "none", "--security-opt", "apparmor=unconfined"));
    words.addAll(options);
    words.add(FusedImage.name());
    words.addAll(List.of(arguments));
    return Docker.command(words.toArray()).run();
  }
}
