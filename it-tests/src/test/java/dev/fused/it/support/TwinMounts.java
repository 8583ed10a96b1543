package dev.fused.it.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Two mounts for all tests of a class, with the same limits: the memory file system, served by the
 * program {@code fused}, and a tmpfs. What is done to one is done to the other, and must have the
 * same outcome. Both are emptied after each test. To be registered as a static field.
 */
public final class TwinMounts implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
  private final String options;
  private final String mountedOptions;
  private final AtomicInteger directories = new AtomicInteger();
  private @Nullable DaemonMount mount;
  private @Nullable TmpfsMount tmpfs;

  private TwinMounts(String options, String mountedOptions) {
    this.options = options;
    this.mountedOptions = mountedOptions;
  }

  /** Both mounts with the same options, which both must know: {@code size}, {@code nr_inodes}. */
  public static TwinMounts with(String options) {
    return new TwinMounts(options, "allow_other," + options);
  }

  /** With further options that tmpfs does not know. */
  public TwinMounts mountedWith(String options) {
    return new TwinMounts(this.options, mountedOptions + "," + options);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    tmpfs = TmpfsMount.mount(options);
    mount = DaemonMount.start("-o", mountedOptions);
  }

  /** Empties both; then only the root may count as used, whatever the test has done. */
  @Override
  public void afterEach(ExtensionContext context) {
    for (Path path : List.of(mount().path(), tmpfs().path())) {
      Command.of("find", path, "-mindepth", "1", "-delete").output();
    }
    assertThat(FreeSpace.settled(mount().path(), "iused", 1)).as("inodes in use").isEqualTo(1);
    assertThat(FreeSpace.settled(mount().path(), "used", 0)).as("blocks in use").isZero();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    try {
      if (mount != null) {
        mount.close();
      }
    } finally {
      if (tmpfs != null) {
        tmpfs.close();
      }
    }
  }

  /** The mount under test. */
  public DaemonMount mount() {
    if (mount == null) {
      throw new IllegalStateException("not mounted");
    }
    return mount;
  }

  private TmpfsMount tmpfs() {
    if (tmpfs == null) {
      throw new IllegalStateException("not mounted");
    }
    return tmpfs;
  }

  /** A new directory on each. */
  public TwinDirectories directories() {
    String name = "test" + directories.incrementAndGet();
    try {
      return new TwinDirectories(
          Files.createDirectory(mount().path().resolve(name)),
          Files.createDirectory(tmpfs().path().resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
