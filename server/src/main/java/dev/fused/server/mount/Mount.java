package dev.fused.server.mount;

import static dev.fused.server.linux.Libc.MNT_DETACH;
import static dev.fused.server.linux.Libc.MNT_FORCE;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.CallThreads;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A FUSE mount in its place. It knows the mount's numbers, so that it never unmounts another that
 * has taken the place meanwhile. Any thread.
 */
public final class Mount {
  private static final Logger log = LoggerFactory.getLogger(Mount.class);

  private static final Duration RETRY_PAUSE = Duration.ofMillis(20);

  /** What a call gets that asks no server, and the least that any call gets. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final MountInfo info;
  private final long uniqueId;
  private final MountCalls calls;
  private final Duration grace;
  private @Nullable UnmountResult result;
  private volatile List<MountUser> lastUsers = List.of();
  private volatile CallThreads threads = CallThreads.ORDINARY;

  /**
   * @param uniqueId as in {@link MountCalls#uniqueMountId}; 0 if not known
   */
  Mount(MountInfo info, long uniqueId, MountCalls calls) {
    this(info, uniqueId, calls, GRACE);
  }

  Mount(MountInfo info, long uniqueId, MountCalls calls, Duration grace) {
    this.info = info;
    this.uniqueId = uniqueId;
    this.calls = calls;
    this.grace = grace;
  }

  /** The mount point: absolute, without symbolic links. */
  public Path path() {
    return Path.of(info.mountPoint());
  }

  /** What the kernel's table said of the mount when this object was made. */
  public MountInfo info() {
    return info;
  }

  /** Minor number of the mount's device, {@code st_dev} of all files in it; the major one is 0. */
  public int deviceMinor() {
    return info.minor();
  }

  /** Has the calls that take privileges made by {@code threads} from now on. */
  public void callOn(CallThreads threads) {
    this.threads = threads;
  }

  /**
   * Ends the connection through fusectl, which works when the server does not.
   *
   * @throws IOException with a sentence if that is impossible
   */
  public void abortConnection() throws IOException {
    threads.call(
        () -> {
          calls.abortConnection(info.connection());
          return info;
        });
  }

  /**
   * True if who goes to {@link #path()} comes to this mount: it is there and nothing lies over it.
   * Asks no server.
   *
   * @throws IOException if /proc cannot be read
   */
  public boolean isStillOurs() throws IOException {
    return calls.table().topmostAt(path()).filter(this::isThis).isPresent();
  }

  /**
   * Unmounts. While the mount is busy it tries again until {@code bound} is over, then it unmounts
   * lazily. A call that the kernel does not end within {@code bound} (at least 2 s), because it
   * waits for a server that does not answer, is ended by aborting the connection. So the whole
   * takes at most twice {@code bound} and a few seconds. The server must serve on meanwhile.
   *
   * <p>Does its work once; later calls give the same result. An interrupt ends the waiting for
   * users of the mount, nothing else.
   *
   * @throws MountException if the kernel refuses (EPERM) or its table of mounts cannot be read
   */
  public synchronized UnmountResult unmount(Duration bound) throws MountException {
    if (result == null) {
      try {
        result = unmountNow(bound);
      } catch (MountException e) {
        throw e;
      } catch (IOException e) {
        throw new MountException("cannot unmount " + path() + ": " + e.getMessage(), e);
      }
    }
    return result;
  }

  /** Who held the mount when it was found to be busy and unmounted lazily, as far as visible. */
  public List<MountUser> lastUsers() {
    return lastUsers;
  }

  /** The same for people, to follow a sentence; empty if nobody is known. */
  public String describeUsers() {
    return lastUsers.isEmpty()
        ? ""
        : "; it is used by "
            + lastUsers.stream().map(MountUser::describe).collect(Collectors.joining(", "));
  }

  private UnmountResult unmountNow(Duration bound) throws IOException {
    long deadline = System.nanoTime() + bound.toNanos();
    int flags = 0;
    while (isStillOurs()) {
      BoundedCall call = umount(flags);
      OptionalInt ended = call.await(bound.compareTo(grace) < 0 ? grace : bound);
      if (ended.isEmpty()) {
        return abort(call);
      }
      int error = ended.getAsInt();
      if (error >= 0) {
        return flags == 0 ? UnmountResult.UNMOUNTED : UnmountResult.DETACHED;
      }
      if (error == -Errno.EBUSY.number() && flags == 0) {
        boolean waitOn = System.nanoTime() < deadline && pause();
        flags = waitOn ? 0 : MNT_DETACH;
        if (!waitOn) {
          lastUsers = MountUser.of(info); // now: once it is detached, nobody can tell
        }
      } else if (isStillOurs()) {
        throw refused(error);
      } // else EINVAL, since somebody else unmounted it first
    }
    return isCovered(calls.table()) ? UnmountResult.COVERED : UnmountResult.ALREADY_GONE;
  }

  /** The umount call hangs in the kernel, which waits for the server: makes it stop waiting. */
  private UnmountResult abort(BoundedCall call) throws IOException {
    try {
      abortConnection();
    } catch (IOException e) {
      log.warn("{}: no abort through fusectl, forcing the unmount: {}", path(), e.getMessage());
      if (isStillOurs()) {
        umount(MNT_FORCE | MNT_DETACH).await(grace);
      }
    }
    if (call.await(grace).isEmpty()) {
      return UnmountResult.STUCK;
    }
    if (isStillOurs()) {
      umount(MNT_DETACH).await(grace);
    }
    return UnmountResult.ABORTED;
  }

  private boolean isThis(MountInfo there) {
    if (!info.isSameMountAs(there)) {
      return false;
    }
    // The kernel uses these numbers again as soon as they are free: a successor may have the same.
    if (uniqueId == 0) {
      return true;
    }
    long id = calls.uniqueMountId(path().toString());
    return id == 0 ? !calls.isGone(uniqueId) : id == uniqueId;
  }

  private boolean isCovered(MountTable table) {
    return table.topmostAt(path()).filter(info::isSameMountAs).isEmpty()
        && table.mounts().stream()
            .filter(mount -> mount.mountPoint().equals(info.mountPoint()))
            .anyMatch(info::isSameMountAs);
  }

  private BoundedCall umount(int flags) {
    return BoundedCall.start(
        threads, "fused-umount " + path(), () -> calls.umount(path().toString(), flags));
  }

  private MountException refused(int error) {
    String remedy = Errno.ofNumber(error) == Errno.EPERM ? " (it needs CAP_SYS_ADMIN: sudo)" : "";
    return new MountException("cannot unmount " + path() + ": " + Errno.describe(error) + remedy);
  }

  /** Waits a moment; false if interrupted. */
  private static boolean pause() {
    try {
      Thread.sleep(RETRY_PAUSE);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
