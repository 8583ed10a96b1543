package dev.fused.it.container;

import dev.fused.it.support.Command;
import dev.fused.it.support.Docker;
import dev.fused.it.support.Launcher;
import java.time.Duration;

/**
 * The image under test: built once, from the program as it was last built, and removed at the end
 * of the run.
 */
final class FusedImage {
  private FusedImage() {}

  /** The image's name; builds it first, if this is the first call. */
  static String name() {
    return Built.NAME;
  }

  /** The sum of the sizes of an image's layers. */
  static long size(String image) {
    return Long.parseLong(
        Docker.command("image", "inspect", "--format", "{{.Size}}", image).output().strip());
  }

  /** Its class is initialized when its name is first asked for. */
  private static final class Built {
    static final String NAME = build();

    private static String build() {
      String name = "fused-it:" + ProcessHandle.current().pid();
      Command build =
          Docker.withEngine(Command.of(Launcher.home().resolve("docker/build.sh"), "--built", name))
              .with("FUSED_JAVA_HOME", System.getProperty("java.home"))
              .within(Duration.ofMinutes(5));
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> Docker.command("image", "rm", "--force", name).run(), "image removal"));
      build.output();
      return name;
    }
  }
}
