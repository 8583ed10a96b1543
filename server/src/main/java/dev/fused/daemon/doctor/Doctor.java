package dev.fused.daemon.doctor;

import static dev.fused.daemon.doctor.Finding.fatal;
import static dev.fused.daemon.doctor.Finding.note;
import static dev.fused.daemon.doctor.Finding.ok;

import dev.fused.protocol.Errno;
import dev.fused.server.linux.Libc;
import dev.fused.server.linux.Platform;
import dev.fused.server.linux.UnsupportedPlatformException;
import dev.fused.server.mount.MountInfo;
import dev.fused.server.mount.MountTable;
import dev.fused.server.mount.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Looks at all that a mount needs on this machine, and changes nothing. Files are read below a root
 * directory, so that a test can show it another machine.
 */
public final class Doctor {
  private static final int CAP_SYS_ADMIN = 21;
  private static final long FEW_FILES = 1024;

  /** Which release of Linux brought what, for those that somebody may miss. */
  private static final Map<String, int[]> FEATURES = new LinkedHashMap<>();

  static {
    FEATURES.put("passthrough (data=passthrough)", new int[] {6, 9});
    FEATURES.put("idmapped mounts (idmap)", new int[] {6, 12});
    FEATURES.put("requests over io_uring (transport=io_uring)", new int[] {6, 14});
    FEATURES.put("request timeouts (request_timeout=)", new int[] {6, 15});
    FEATURES.put("mounts that are seen once they answer", new int[] {6, 18});
  }

  private final Path root;
  private final String release;

  /** For this machine. */
  public Doctor() {
    this(Path.of("/"), System.getProperty("os.version", ""));
  }

  Doctor(Path root, String release) {
    this.root = root;
    this.release = release;
  }

  /** All findings, in an order in which they are worth reading. */
  public List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    findings.add(platform());
    findings.add(kernel());
    findings.add(device());
    findings.add(privileges());
    findings.add(fusermount());
    findings.add(allowOther());
    uring().ifPresent(findings::add);
    sessions().ifPresent(findings::add);
    pages().ifPresent(findings::add);
    background().ifPresent(findings::add);
    findings.add(control());
    findings.add(openFiles());
    confinement().ifPresent(findings::add);
    findings.add(memory());
    findings.addAll(mounts());
    return findings;
  }

  private static Finding platform() {
    String java = "Java %s of %s".formatted(Runtime.version(), System.getProperty("java.vendor"));
    try {
      Platform.requireSupported();
      return ok("platform", System.getProperty("os.arch") + ", " + java);
    } catch (UnsupportedPlatformException e) {
      return fatal("platform", String.valueOf(e.getMessage()), "use such a machine");
    }
  }

  private Finding kernel() {
    List<String> missing = new ArrayList<>();
    FEATURES.forEach(
        (feature, since) -> {
          if (!Platform.isAtLeast(release, since[0], since[1])) {
            missing.add("%s, since Linux %d.%d".formatted(feature, since[0], since[1]));
          }
        });
    if (!Platform.isAtLeast(release, 4, 2)) {
      return note(
          "kernel",
          "Linux " + release + " lets a mount have one loop only",
          "fused mount --loops 1");
    }
    return missing.isEmpty()
        ? ok("kernel", "Linux " + release + " has all that fused can use")
        : note(
            "kernel",
            "Linux " + release + " lacks " + String.join("; ", missing),
            "a newer kernel, if one of these is needed");
  }

  private Finding device() {
    Path device = root.resolve("dev/fuse");
    if (!Files.exists(device)) {
      boolean known = read("proc/filesystems").lines().anyMatch(line -> line.endsWith("\tfuse"));
      return fatal(
          "/dev/fuse",
          known
              ? "the kernel has FUSE, but there is no /dev/fuse"
              : "there is no /dev/fuse, and the kernel has no FUSE loaded",
          known
              ? "mknod /dev/fuse -m 0666 c 10 229; for a container: --device /dev/fuse"
              : "modprobe fuse");
    }
    int fd = Libc.open(device.toString(), Libc.O_RDWR | Libc.O_CLOEXEC);
    if (fd < 0) {
      return fatal(
          "/dev/fuse",
          "it cannot be opened: " + Errno.describe(fd),
          "chmod 0666 /dev/fuse; for a container: --device /dev/fuse");
    }
    Libc.close(fd);
    return ok("/dev/fuse", "it can be opened");
  }

  private Finding privileges() {
    String uid = "uid " + Integer.toUnsignedString(Libc.geteuid());
    if (hasSysAdmin(read("proc/self/status"))) {
      String map = read("proc/self/uid_map").strip().replaceAll("\\s+", " ");
      return map.isEmpty() || map.equals("0 0 4294967295")
          ? ok("privileges", uid + " has CAP_SYS_ADMIN")
          : note(
              "privileges",
              uid + " has CAP_SYS_ADMIN in a user namespace only: no data=passthrough",
              "run it outside of the user namespace");
    }
    String found = uid + " has no CAP_SYS_ADMIN: it cannot call mount(2)";
    String remedy = "sudo fused mount …; for a container: --cap-add SYS_ADMIN";
    return program("fusermount3").isPresent()
        ? note("privileges", found + ", and needs fusermount3", remedy)
        : fatal("privileges", found, remedy);
  }

  static boolean hasSysAdmin(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("CapEff:"))
        .map(line -> Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), 16))
        .anyMatch(mask -> (mask & 1L << CAP_SYS_ADMIN) != 0);
  }

  private Finding fusermount() {
    return program("fusermount3")
        .map(path -> ok("fusermount3", path + " is there"))
        .orElseGet(
            () ->
                note(
                    "fusermount3",
                    "it is not installed; only users without CAP_SYS_ADMIN need it",
                    "apt-get install fuse3"));
  }

  private Optional<Path> program(String name) {
    return List.of("usr/local/bin", "usr/bin", "bin").stream()
        .map(directory -> root.resolve(directory).resolve(name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private Finding allowOther() {
    boolean allowed =
        read("etc/fuse.conf").lines().anyMatch(line -> line.strip().equals("user_allow_other"));
    return allowed
        ? ok("allow_other", "/etc/fuse.conf lets every user ask for it")
        : note(
            "allow_other",
            "only who has CAP_SYS_ADMIN may ask for it: /etc/fuse.conf has no user_allow_other",
            "echo user_allow_other >> /etc/fuse.conf");
  }

  private Optional<Finding> uring() {
    return parameter("sys/module/fuse/parameters/enable_uring")
        .map(
            value ->
                value.equals("Y")
                    ? ok("io_uring", "FUSE over io_uring is switched on")
                    : note(
                        "io_uring",
                        "FUSE over io_uring is switched off",
                        "echo Y > /sys/module/fuse/parameters/enable_uring"));
  }

  private Optional<Finding> sessions() {
    return parameter("proc/sys/kernel/sched_autogroup_enabled")
        .map(
            value ->
                value.equals("0")
                    ? ok("sessions", "a server shares the processors with its clients as one group")
                    : note(
                        "sessions",
                        "processors are shared by session, and a server in the background has its"
                            + " own: requests over io_uring take up to 1.5 times as long",
                        "sysctl kernel.sched_autogroup_enabled=0, if the machine is there for its"
                            + " files"));
  }

  private Optional<Finding> pages() {
    return parameter("proc/sys/fs/fuse/max_pages_limit")
        .map(
            value ->
                Long.parseLong(value) >= 256
                    ? ok("request size", "at most " + value + " pages a request")
                    : note(
                        "request size",
                        "requests of 1 MiB are not possible: at most " + value + " pages",
                        "sysctl fs.fuse.max_pages_limit=256"));
  }

  private Optional<Finding> background() {
    return parameter("sys/module/fuse/parameters/max_user_bgreq")
        .map(
            value ->
                ok(
                    "background requests",
                    "at most " + value + " at a time for mounts of users without CAP_SYS_ADMIN"));
  }

  private Finding control() {
    return Files.isDirectory(root.resolve("sys/fs/fuse/connections"))
            && read("proc/self/mountinfo").contains(" - fusectl ")
        ? ok("fusectl", "it is mounted")
        : note(
            "fusectl",
            "it is not mounted: the kernel does not tell how many requests wait",
            "mount -t fusectl none /sys/fs/fuse/connections");
  }

  private Finding openFiles() {
    long limit = limit("Max open files");
    return limit > FEW_FILES
        ? ok("open files", "at most " + limit)
        : note(
            "open files",
            "at most " + limit + ", which data=passthrough with many open files may exceed",
            "ulimit -n 65536; for a unit of systemd: LimitNOFILE=65536");
  }

  /** The soft limit in /proc/self/limits; "unlimited" is the largest number. */
  private long limit(String name) {
    return read("proc/self/limits")
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip().split(" +", 2)[0])
        .mapToLong(word -> word.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(word))
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }

  private Optional<Finding> confinement() {
    String profile = read("proc/self/attr/current").replace("\0", "").strip();
    return profile.contains("(enforce)")
        ? Optional.of(
            note(
                "AppArmor",
                "this program is confined by the profile \""
                    + profile
                    + "\", which may forbid mounts",
                "for a container: --security-opt apparmor=unconfined"))
        : Optional.empty();
  }

  private Finding memory() {
    long heap = Runtime.getRuntime().maxMemory() >> 20;
    String limit = cgroupLimit();
    return limit == null
        ? ok("memory", "heap of at most %d MiB; no limit of a cgroup".formatted(heap))
        : ok(
            "memory",
            "heap of at most %d MiB; the cgroup may use %s bytes, with the file data in them"
                .formatted(heap, limit));
  }

  private @Nullable String cgroupLimit() {
    String path = read("proc/self/cgroup").strip();
    if (!path.startsWith("0::/")) {
      return null;
    }
    String limit = read("sys/fs/cgroup/" + path.substring(4) + "/memory.max").strip();
    return limit.isEmpty() || limit.equals("max") ? null : limit;
  }

  /** Does not ask any of them: who would ask a dead one waits. */
  private List<Finding> mounts() {
    List<Finding> findings = new ArrayList<>();
    for (MountInfo mount : MountTable.parse(read("proc/self/mountinfo")).fusedMounts()) {
      if (ServerProcess.ofConnection(mount.connection()).isEmpty()) {
        findings.add(
            note(
                "stale mount",
                mount.mountPoint() + " has no server that can be seen from here",
                "fused unmount " + mount.mountPoint()));
      }
    }
    return findings;
  }

  private Optional<String> parameter(String file) {
    String text = read(file).strip();
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  /** Empty if it cannot be read. */
  private String read(String file) {
    // With a stream: files of procfs have the size 0.
    try (var in = Files.newInputStream(root.resolve(file))) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
