package dev.fused.it.support;

import dev.fused.it.support.Command.Result;
import java.nio.file.Path;

/**
 * A shell in a mount namespace of its own, where a test may put files over those of the machine.
 * There the whole project lies at a place that everyone can reach, and /dev/fuse may be opened by
 * everyone, as on most machines.
 *
 * <p>A script knows {@code $mnt}, an empty directory of the user nobody; {@code $scratch}, one of
 * root; and the functions {@code fused} and {@code user}, which run fused, or another program, as
 * nobody without any capability.
 */
public final class PrivateNamespace {
  private static final String PRELUDE =
      """
      chmod 755 "$scratch"
      mkdir "$scratch/project" "$scratch/mnt" "$scratch/home"
      mount --bind "$project" "$scratch/project"
      mknod "$scratch/fuse" c 10 229
      chmod 666 "$scratch/fuse"
      mount --bind "$scratch/fuse" /dev/fuse
      chown nobody "$scratch/mnt" "$scratch/home"
      mnt=$scratch/mnt
      user() {
        setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$scratch/home" "$@"
      }
      fused() { user "$scratch/project/fused" "$@"; }
      """;

  private PrivateNamespace() {}

  /** Runs lines of bash, which stops at the first that fails. */
  public static Result run(Path scratch, String script) {
    return Command.of("unshare", "--mount", "bash", "-euo", "pipefail", "-c", PRELUDE + script)
        .with("scratch", scratch.toString())
        .with("project", Launcher.home().toString())
        .with("FUSED_JAVA_HOME", System.getProperty("java.home"))
        .run();
  }
}
