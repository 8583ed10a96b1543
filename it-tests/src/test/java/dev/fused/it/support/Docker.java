package dev.fused.it.support;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The program {@code docker}, with the engine that DOCKER_HOST names, or else the usual one. */
public final class Docker {
  private static final List<String> VARIABLES = List.of("DOCKER_HOST", "BASE_IMAGE");

  private Docker() {}

  /** {@code docker} with arguments. */
  public static Command command(Object... arguments) {
    List<Object> words = new ArrayList<>(List.of("docker"));
    words.addAll(List.of(arguments));
    return withEngine(Command.of(words.toArray()));
  }

  /** Lets a program that calls {@code docker} find the engine. */
  public static Command withEngine(Command command) {
    VARIABLES.forEach(
        name -> Optional.ofNullable(System.getenv(name)).ifPresent(it -> command.with(name, it)));
    return command;
  }

  /** The image that ours is built on. */
  public static String baseImage() {
    return Optional.ofNullable(System.getenv("BASE_IMAGE")).orElse("debian:bookworm-slim");
  }

  /** True if an engine answers. */
  static boolean answers() {
    return Command.isInstalled("docker") && command("version").run().status() == 0;
  }
}
