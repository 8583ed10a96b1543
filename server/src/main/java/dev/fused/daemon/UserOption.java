package dev.fused.daemon;

import dev.fused.daemon.user.ServerUser;
import dev.fused.filesystem.FuseFileSystem;
import dev.fused.protocol.InitFlag;
import dev.fused.server.FuseMount;
import dev.fused.server.mount.MountOptions;
import dev.fused.server.mount.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code --user}: the server gives its privileges up once its mount answers. */
final class UserOption {
  private static final Logger log = LoggerFactory.getLogger(UserOption.class);

  private final ServerUser user;

  private UserOption(ServerUser user) {
    this.user = user;
  }

  /**
   * What was asked for; null if the server is to stay who it is.
   *
   * @throws IllegalArgumentException with a sentence if there is no such user
   */
  static @Nullable UserOption of(RequestedOptions requested) {
    return requested
        .daemon(DaemonOptions.USER)
        .map(ServerUser::parse)
        .map(UserOption::new)
        .orElse(null);
  }

  /**
   * The options of the mount, over a transport that leaves nobody behind: a ring of io_uring may
   * have threads of the kernel, which stay root.
   *
   * @throws IllegalArgumentException with a sentence if they ask for io_uring
   */
  static MountOptions overDevice(MountOptions options) {
    if (options.transport() == Transport.IO_URING) {
      throw new IllegalArgumentException(
          "transport=io_uring may have threads of the kernel that stay root: not together with"
              + " --user");
    }
    return options.withOption("transport=epoll");
  }

  /**
   * Returns if that will be possible. Before the mount is made.
   *
   * @param logFile null if the log goes to standard error
   * @throws IllegalArgumentException with a sentence if the file system needs privileges
   * @throws IOException with a sentence if the process cannot become that user
   */
  void requirePossible(FuseFileSystem served, @Nullable Path logFile) throws IOException {
    if (served.capabilities().contains(InitFlag.PASSTHROUGH)) {
      throw new IllegalArgumentException(
          "data=passthrough takes CAP_SYS_ADMIN whenever a file is opened: not together with --user");
    }
    Path logs = logFile == null ? null : logFile.getParent();
    user.requirePossible(logs == null ? List.of() : List.of(logs));
    if (logFile != null) {
      user.own(logFile);
    }
  }

  /**
   * Becomes the user, or ends the mount.
   *
   * @throws IOException with a sentence; the mount has ended then
   */
  void become(FuseMount mount, MountServices services) throws IOException {
    try {
      user.become(threads -> services.callOn(mount, threads));
      log.info("{} {}", mount.path(), user.describe());
    } catch (IOException | RuntimeException e) {
      services.close();
      mount.close();
      throw e;
    }
  }
}
