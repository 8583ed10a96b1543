package dev.fused.server.mount;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.FuseDevice;
import dev.fused.server.linux.Libc;
import dev.fused.server.linux.Platform;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mounts and unmounts through {@code fusermount3}, the set-uid program of libfuse, for a process
 * that may not call mount(2) itself.
 *
 * <p>The program opens the device, mounts, and sends the descriptor over a socket whose number it
 * finds in {@code _FUSE_COMMFD}. What it complains of on standard error becomes part of our
 * message. Any thread.
 */
final class Fusermount {
  private static final Logger log = LoggerFactory.getLogger(Fusermount.class);

  private static final String PROGRAM = "fusermount3";
  private static final List<Path> USUAL_PLACES =
      List.of(Path.of("/usr/bin"), Path.of("/bin"), Path.of("/usr/local/bin"));
  private static final int SOCKET = 3;
  private static final int STANDARD_ERROR = 2;
  private static final int MAX_COMPLAINT = 4096;

  private Fusermount() {}

  /**
   * Mounts at {@code place}.
   *
   * @return the device, attached; INIT waits to be read from it
   * @throws MountException with what the program said, and what to do
   */
  static FuseDevice mount(Path place, MountOptions options) throws MountException {
    try (Ends socket = Ends.socket()) {
      List<String> arguments = List.of("-o", options.fusermountWords(), "--", place.toString());
      Ended ended =
          run(arguments, Map.of("_FUSE_COMMFD", String.valueOf(SOCKET)), socket.theirs(), SOCKET);
      socket.closeTheirs();
      int fd = Libc.receiveDescriptor(socket.ours());
      if (ended.status() == 0 && fd >= 0) {
        if (!ended.complaint().isEmpty()) {
          log.warn("{}: {}", place, ended.complaint());
        }
        return FuseDevice.adopt(fd);
      }
      if (fd >= 0) {
        Libc.close(fd);
      }
      throw new MountException("cannot mount " + place + ": " + remedy(ended.reason()));
    } catch (MountException e) {
      throw e;
    } catch (IOException e) {
      throw new MountException("cannot mount " + place + ": " + e.getMessage(), e);
    }
  }

  /** umount2(2) as this user may: "0, or −errno". MNT_FORCE is not to be had. */
  static int umount(String target, int flags) {
    List<String> arguments = new ArrayList<>(List.of("-u"));
    if ((flags & Libc.MNT_DETACH) != 0) {
      arguments.add("-z");
    }
    arguments.add("--");
    arguments.add(target);
    try {
      Ended ended = run(arguments, Map.of());
      return ended.status() == 0 ? 0 : -errorIn(ended.complaint()).number();
    } catch (IOException e) {
      return -Errno.EPERM.number();
    }
  }

  private static Errno errorIn(String complaint) {
    if (complaint.contains("busy")) {
      return Errno.EBUSY;
    }
    // "entry … not found": it is not mounted, or not by this user.
    return complaint.contains("Invalid argument") ? Errno.EINVAL : Errno.EPERM;
  }

  private static String remedy(String complaint) {
    if (complaint.contains("user_allow_other")) {
      return complaint
          + ". Ask the administrator for the line \"user_allow_other\" in /etc/fuse.conf, or mount"
          + " without allow_other";
    }
    if (complaint.contains("open /dev/fuse")) {
      return complaint + ". Users must be allowed to open it (chmod 666 /dev/fuse), or use sudo";
    }
    if (complaint.contains("write access")) {
      return complaint + ". Choose a directory of your own";
    }
    if (complaint.contains("Operation not permitted")) {
      return complaint
          + ". Mounting needs CAP_SYS_ADMIN: use sudo, or run the container with --cap-add"
          + " SYS_ADMIN --device /dev/fuse (with AppArmor also --security-opt apparmor=unconfined)";
    }
    return complaint;
  }

  /** How the program ended: its exit status, and what it wrote to standard error, on one line. */
  private record Ended(int status, String complaint) {
    String reason() {
      return complaint.isEmpty() ? PROGRAM + " failed and did not say why" : complaint;
    }
  }

  private static Ended run(List<String> arguments, Map<String, String> environment, int... moves)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(program().toString()));
    command.addAll(arguments);
    Map<String, String> inEnglish = new HashMap<>(environment);
    inEnglish.put("LC_ALL", "C");
    try (Ends errors = Ends.pipe();
        Arena arena = Arena.ofConfined()) {
      int[] all = Arrays.copyOf(moves, moves.length + 2);
      all[moves.length] = errors.theirs();
      all[moves.length + 1] = STANDARD_ERROR;
      int pid = Libc.posixSpawn(command, inEnglish, all);
      if (pid < 0) {
        throw new IOException("cannot start " + command.getFirst() + ": " + Errno.describe(pid));
      }
      errors.closeTheirs();
      String said = readAll(errors.ours());
      MemorySegment status = arena.allocate(JAVA_INT);
      int waited = Libc.waitpid(pid, status.address());
      String complaint = said.lines().reduce((first, last) -> first + "; " + last).orElse("");
      return new Ended(waited < 0 ? waited : status.get(JAVA_INT, 0), complaint);
    }
  }

  private static String readAll(int fd) {
    StringBuilder text = new StringBuilder();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(MAX_COMPLAINT);
      int count;
      while ((count = Libc.read(fd, buffer.address(), MAX_COMPLAINT)) > 0) {
        byte[] bytes = buffer.asSlice(0, count).toArray(JAVA_BYTE);
        text.append(new String(bytes, Platform.FILE_NAMES));
      }
    }
    return text.toString();
  }

  private static Path program() throws IOException {
    List<Path> places = new ArrayList<>();
    Optional.ofNullable(System.getenv("PATH")).stream()
        .flatMap(path -> Arrays.stream(path.split(":", -1)))
        .filter(directory -> directory.startsWith("/"))
        .map(Path::of)
        .forEach(places::add);
    places.addAll(USUAL_PLACES);
    return places.stream()
        .map(directory -> directory.resolve(PROGRAM))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new IOException(
                    "this user has no CAP_SYS_ADMIN, and "
                        + PROGRAM
                        + ", which mounts for such users, is not installed: install the package"
                        + " fuse3, or use sudo; in a container, give it --cap-add SYS_ADMIN"
                        + " --device /dev/fuse"));
  }

  /** Two connected descriptors, one for us and one for a child. */
  private static final class Ends implements AutoCloseable {
    private final int ours;
    private int theirs;

    private Ends(int ours, int theirs) {
      this.ours = ours;
      this.theirs = theirs;
    }

    static Ends socket() throws IOException {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment pair = arena.allocate(JAVA_INT, 2);
        int type = Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC;
        require(Libc.socketpair(Libc.AF_UNIX, type, pair.address()), "a socket");
        return new Ends(pair.getAtIndex(JAVA_INT, 0), pair.getAtIndex(JAVA_INT, 1));
      }
    }

    static Ends pipe() throws IOException {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment pair = arena.allocate(JAVA_INT, 2);
        require(Libc.pipe2(pair.address(), Libc.O_CLOEXEC), "a pipe");
        return new Ends(pair.getAtIndex(JAVA_INT, 0), pair.getAtIndex(JAVA_INT, 1));
      }
    }

    private static void require(int result, String what) throws IOException {
      if (result < 0) {
        throw new IOException("cannot make " + what + ": " + Errno.describe(result));
      }
    }

    int ours() {
      return ours;
    }

    int theirs() {
      return theirs;
    }

    /** So that the end of the child is an end of what we read. */
    void closeTheirs() {
      if (theirs >= 0) {
        Libc.close(theirs);
        theirs = -1;
      }
    }

    @Override
    public void close() {
      closeTheirs();
      Libc.close(ours);
    }
  }
}
