package dev.fused.server;

import dev.fused.server.linux.FuseDevice;
import dev.fused.server.mount.Mount;
import dev.fused.server.mount.MountException;
import dev.fused.server.mount.MountHelper;
import dev.fused.server.mount.MountOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way in which a device and a mount come together: this process mounts, fusermount3 has
 * mounted, or somebody else. Used once, by one thread: {@link #open}, then {@link #attach}.
 */
interface Attachment {
  /** Names the mount to people and threads: its place, as far as that is known. */
  Path path();

  /**
   * The device; the caller's from then on.
   *
   * @throws IOException with a sentence for the user; nothing is left mounted then
   */
  FuseDevice open() throws IOException;

  /**
   * Has the mount made, if that is not done yet, and has the device read once it is attached.
   *
   * @param device that {@link #open} gave
   * @param serve begins to read; called once, unless this method throws
   * @return null if the mount is not seen from here
   */
  @Nullable Mount attach(FuseDevice device, Consumer<FuseDevice> serve) throws IOException;

  /** After {@link #attach} was not called, or failed: takes away what this process mounted. */
  default void undo(Exception reason) {}

  /** Mounts at {@code path}, which {@link MountHelper#placeFor} has found to be free. */
  static Attachment toNewMount(Path path, MountOptions options) {
    return MountHelper.needsHelp()
        ? new FusermountMount(path, options)
        : new OwnMount(path, options);
  }

  /** By mount(2). */
  record OwnMount(Path path, MountOptions options) implements Attachment {
    @Override
    public FuseDevice open() throws IOException {
      return FuseDevice.open();
    }

    @Override
    public Mount attach(FuseDevice device, Consumer<FuseDevice> serve) throws IOException {
      return MountHelper.mount(device, path, options, () -> serve.accept(device));
    }
  }

  /** By fusermount3, which opens the device and mounts in one. */
  final class FusermountMount implements Attachment {
    private final Path path;
    private final MountOptions options;
    private boolean mounted;

    private FusermountMount(Path path, MountOptions options) {
      this.path = path;
      this.options = options;
    }

    @Override
    public Path path() {
      return path;
    }

    @Override
    public FuseDevice open() throws IOException {
      FuseDevice device = MountHelper.mountForUser(path, options);
      mounted = true;
      return device;
    }

    @Override
    public Mount attach(FuseDevice device, Consumer<FuseDevice> serve) throws IOException {
      serve.accept(device);
      return MountHelper.mountAt(path);
    }

    @Override
    public void undo(Exception reason) {
      if (!mounted) {
        return;
      }
      try {
        MountHelper.unmount(path, Duration.ZERO);
      } catch (MountException e) {
        reason.addSuppressed(e);
      }
    }
  }

  /**
   * By somebody else, whose business the mount stays.
   *
   * @param mount null if it is not seen from here
   */
  record OthersMount(Path path, FuseDevice device, @Nullable Mount mount) implements Attachment {
    @Override
    public FuseDevice open() {
      return device;
    }

    @Override
    public @Nullable Mount attach(FuseDevice attached, Consumer<FuseDevice> serve) {
      serve.accept(attached);
      return mount;
    }
  }
}
