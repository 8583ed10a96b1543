package dev.fused.it.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.AssertionFailedError;

/**
 * Skips a test whose {@link NeedsMount}, {@link NeedsIoUring}, {@link NeedsDocker} or {@link
 * NeedsPrograms} this machine does not meet, with a reason that says what to do about it. In CI,
 * and with the system property {@code fused.require.all}, such a test fails instead: there, what is
 * missing has to be put right.
 */
public final class Requirements implements ExecutionCondition {
  private static final Path DEVICE = Path.of("/dev/fuse");

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<String> missing = new ArrayList<>();
    if (AnnotationSupport.isAnnotated(context.getElement(), NeedsMount.class)) {
      missing.addAll(missingForMount());
    }
    if (missing.isEmpty()
        && AnnotationSupport.isAnnotated(context.getElement(), NeedsDocker.class)
        && !Docker.answers()) {
      missing.add(
          "no Docker engine answers: start one and set DOCKER_HOST if it is not the usual one, or"
              + " see .ci/container-engine");
    }
    AnnotationSupport.findAnnotation(context.getElement(), NeedsPrograms.class)
        .ifPresent(needs -> missing.addAll(missingPrograms(needs.value())));
    String noRings = missing.isEmpty() ? missingForRings(context) : "";
    if (!noRings.isEmpty()) {
      return ConditionEvaluationResult.disabled(noRings); // also in CI: it is as the kernel is
    }
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("nothing is missing");
    }
    String reason = String.join("; ", missing);
    if (everythingIsRequired()) {
      throw new AssertionFailedError("may not be skipped here: " + reason);
    }
    return ConditionEvaluationResult.disabled(reason);
  }

  /** Empty if io_uring is not needed, or there. */
  private static String missingForRings(ExtensionContext context) {
    boolean needed =
        AnnotationSupport.isAnnotated(context.getElement(), NeedsIoUring.class)
            || (TestTransport.isIoUring()
                && AnnotationSupport.isAnnotated(context.getElement(), NeedsMount.class));
    return needed ? IoUringParameter.switchOn() : "";
  }

  static boolean everythingIsRequired() {
    return Boolean.getBoolean("fused.require.all") || "true".equals(System.getenv("CI"));
  }

  private static List<String> missingForMount() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return List.of("mounting FUSE needs Linux, but this is " + System.getProperty("os.name"));
    }
    List<String> missing = new ArrayList<>();
    if (effectiveUid() != 0) {
      missing.add("mounting needs root: run the tests with sudo");
    }
    if (!Files.exists(DEVICE)) {
      missing.add(DEVICE + " is missing: modprobe fuse, or in a container --device " + DEVICE);
    }
    return missing;
  }

  private static int effectiveUid() {
    try {
      return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> missingPrograms(String... programs) {
    return Arrays.stream(programs)
        .filter(program -> !Command.isInstalled(program))
        .map(
            program ->
                "%s is not installed: apt-get install %s"
                    .formatted(program, DebianPackages.packageOf(program)))
        .toList();
  }
}
