package dev.fused.daemon.user;

import static dev.fused.server.linux.Credentials.CAP_DAC_OVERRIDE;
import static dev.fused.server.linux.Credentials.CAP_SETGID;
import static dev.fused.server.linux.Credentials.CAP_SETUID;
import static dev.fused.server.linux.Credentials.CAP_SYS_ADMIN;
import static dev.fused.server.linux.Credentials.bit;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.CallThreads;
import dev.fused.server.linux.Credentials;
import dev.fused.server.linux.Libc;
import dev.fused.server.linux.ThreadStatus;
import dev.fused.server.linux.UserDatabase;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The user that a server becomes once its mount answers, for good.
 *
 * <p>All threads lose all capabilities but {@link PrivilegedThread}, which keeps two for the end of
 * the mount. They share their memory: so this guards against mistakes in what serves requests, and
 * not against somebody who runs code of his own in the process.
 *
 * @param uid unsigned, not 0
 * @param gid unsigned
 */
public record ServerUser(int uid, int gid) {
  private static final String SCOUT = "fused scout";

  /** To unmount; and for what is root's: the control socket, old logs, the files of fusectl. */
  private static final long KEPT = bit(CAP_SYS_ADMIN) | bit(CAP_DAC_OVERRIDE);

  /**
   * Reads {@code NAME|UID[:GROUP|GID]}; the group is that of the user database if none is given.
   *
   * @throws IllegalArgumentException with a sentence if there is no such user or group, or it is
   *     root
   */
  public static ServerUser parse(String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    String group = colon < 0 ? null : text.substring(colon + 1);
    Integer number = number(name);
    Optional<UserDatabase.User> known =
        number == null ? UserDatabase.user(name) : UserDatabase.user(number);
    if (number == null && known.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no user \"%s\"; give a name of the user database, or numbers as 1000:1000"
              .formatted(name));
    }
    if (group == null && known.isEmpty()) {
      throw new IllegalArgumentException(
          "user %s is not in the user database, so give its group too: %s:GROUP"
              .formatted(name, name));
    }
    int uid = number == null ? known.orElseThrow().uid() : number;
    if (uid == 0) {
      throw new IllegalArgumentException(
          "user \"%s\" is root, which the server is already; name another, or none"
              .formatted(name));
    }
    return new ServerUser(uid, group == null ? known.orElseThrow().gid() : gid(group));
  }

  private static int gid(String group) {
    Integer number = number(group);
    return number != null
        ? number
        : UserDatabase.group(group)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no group \"%s\"; give a name of the group database, or a number"
                            .formatted(group)));
  }

  /** An unsigned number of 32 bits but the last, which means "none"; null for anything else. */
  private static @Nullable Integer number(String text) {
    if (!text.matches("[0-9]{1,10}")) {
      return null;
    }
    long number = Long.parseLong(text);
    if (number >= 0xffffffffL) {
      throw new IllegalArgumentException(
          "\"%s\" is no user or group: at most 4294967294".formatted(text));
    }
    return (int) number;
  }

  /**
   * Returns if this process can become the user, and the user can run the server. Before the mount
   * is made.
   *
   * @param enters directories in which the server makes files later, and so must be able to enter
   * @throws IOException with a sentence if not
   */
  public void requirePossible(List<Path> enters) throws IOException {
    if (Libc.geteuid() != 0) {
      throw new IOException(
          "only root can become another user, and this is uid "
              + Integer.toUnsignedString(Libc.geteuid())
              + ": leave --user out");
    }
    long needed = bit(CAP_SETUID) | bit(CAP_SETGID) | KEPT;
    long missing = needed & ~ThreadStatus.ofThisThread().effective();
    if (missing != 0) {
      throw new IOException(
          "to become another user takes CAP_SETUID, CAP_SETGID, CAP_SYS_ADMIN and CAP_DAC_OVERRIDE,"
              + " which this process does not have all: give it those (docker run --cap-add), or"
              + " leave --user out");
    }
    String obstacle = look(enters);
    if (!obstacle.isEmpty()) {
      throw new IOException(obstacle);
    }
  }

  /** What is in the way, as a thread sees it that becomes the user; empty if nothing is. */
  private String look(List<Path> enters) throws IOException {
    FutureTask<String> look = new FutureTask<>(() -> obstacle(enters));
    Thread.ofPlatform().name(SCOUT).start(look);
    try {
      String obstacle = look.get();
      // The C library stops the process if one of its threads cannot become the user, as this one.
      while (ThreadStatus.ofThisProcess().stream().anyMatch(t -> t.name().equals(SCOUT))) {
        Thread.sleep(1);
      }
      return obstacle;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while mounting", e);
    } catch (ExecutionException e) {
      throw new IOException("cannot find out what " + this + " may do: " + e.getCause(), e);
    }
  }

  /** Becomes the user on this thread, which is to end then, and looks. */
  private String obstacle(List<Path> enters) {
    int result = Credentials.becomeOnThisThread(uid, gid);
    if (result < 0) {
      return "the server cannot become " + this + ": " + Errno.describe(result);
    }
    Stream<Path> classes =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(Path::of);
    Stream<Path> read = Stream.concat(classes, Stream.of(Path.of(System.getProperty("java.home"))));
    Optional<Path> unreadable = read.filter(path -> !Files.isReadable(path)).findFirst();
    if (unreadable.isPresent()) {
      return "%s may not read %s, of which the server consists: install it where all may read"
          .formatted(this, unreadable.get());
    }
    return enters.stream()
        .filter(directory -> !Files.isExecutable(directory))
        .findFirst()
        .map(
            directory ->
                this + " may not enter " + directory + ", where the log is: see --log-file")
        .orElse("");
  }

  /**
   * Gives the user a file, which may then be renamed in a directory such as /tmp.
   *
   * @throws IOException with a sentence if that is refused
   */
  public void own(Path file) throws IOException {
    try {
      Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
      Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw new IOException("cannot give " + file + " to " + this + ": " + e, e);
    }
  }

  /**
   * Becomes the user.
   *
   * @param handOver is given the threads that go on unmounting, and reaching what is root's
   * @throws IOException with a sentence; the process may then be neither, and has to end
   */
  public void become(Consumer<CallThreads> handOver) throws IOException {
    PrivilegedThread privileged = PrivilegedThread.start();
    handOver.accept(privileged);
    require("become " + this, Credentials.become(uid, gid));
    privileged.reduceTo(KEPT);
    require("renounce new privileges", Credentials.renounceNewPrivileges());
    for (ThreadStatus thread : ThreadStatus.ofThisProcess()) {
      requireReduced(thread);
    }
  }

  private static void require(String what, int result) throws IOException {
    if (result < 0) {
      throw new IOException("the server cannot " + what + ": " + Errno.describe(result));
    }
  }

  /** Trusts nobody: neither the C library nor a security module. */
  private void requireReduced(ThreadStatus thread) throws IOException {
    String user = Integer.toUnsignedString(uid);
    boolean reduced =
        Arrays.stream(thread.uids().split(" ", -1)).allMatch(user::equals)
            && thread.groups().isEmpty()
            && (thread.permitted() == 0 || thread.permitted() == KEPT)
            && thread.noNewPrivileges();
    if (!reduced) {
      throw new IOException("a thread kept more privileges than it should: " + thread);
    }
  }

  /** What the server is now, for people. */
  public String describe() {
    return "runs as %s, without further groups and without capabilities; one thread keeps"
            .formatted(this)
        + " CAP_SYS_ADMIN, to unmount, and CAP_DAC_OVERRIDE, for what is root's: the control socket,"
        + " the log and the files of fusectl";
  }

  @Override
  public String toString() {
    return "uid " + Integer.toUnsignedString(uid) + ", gid " + Integer.toUnsignedString(gid);
  }
}
