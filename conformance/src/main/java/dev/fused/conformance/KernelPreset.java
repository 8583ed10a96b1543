package dev.fused.conformance;

import dev.fused.protocol.InitFlag;
import dev.fused.protocol.Opcode;
import dev.fused.protocol.ProtocolVersion;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A kernel to play: which minor it speaks, and with it which flags it offers, which opcodes it
 * sends and how long its structures are.
 *
 * @param minor of protocol 7: 12 to 45
 */
public record KernelPreset(int minor) implements ReportColumn, Comparable<KernelPreset> {
  /** The minors of well-known kernels. Others spoke one of these, or one in between. */
  private static final Map<Integer, String> RELEASES =
      new TreeMap<>(
          Map.of(
              22, "3.10", 27, "4.19", 31, "5.4", 34, "5.15", 37, "6.1", 39, "6.6", 41, "6.12", 45,
              "6.18"));

  public KernelPreset {
    int oldest = ProtocolVersion.OLDEST.minor();
    int latest = ProtocolVersion.LATEST.minor();
    if (minor < oldest || minor > latest) {
      throw new IllegalArgumentException(
          "the minor of a kernel must be %d to %d, but is %d".formatted(oldest, latest, minor));
    }
  }

  /** Every minor, the oldest first. */
  public static List<KernelPreset> all() {
    List<KernelPreset> all = new ArrayList<>();
    for (int minor = ProtocolVersion.OLDEST.minor();
        minor <= ProtocolVersion.LATEST.minor();
        minor++) {
      all.add(new KernelPreset(minor));
    }
    return all;
  }

  /** Those that have the name of a kernel, the oldest first. */
  public static List<KernelPreset> releases() {
    return RELEASES.keySet().stream().map(KernelPreset::new).toList();
  }

  /**
   * The preset of a kernel's release, such as "6.12", or of a protocol version, such as "7.41".
   *
   * @throws IllegalArgumentException if there is none; the message says which there are
   */
  public static KernelPreset parse(String name) {
    for (KernelPreset preset : all()) {
      if (name.equals(RELEASES.get(preset.minor)) || name.equals(preset.version().toString())) {
        return preset;
      }
    }
    throw new IllegalArgumentException(
        "there is no kernel \"%s\"; there are %s, and the protocol versions %s to %s"
            .formatted(
                name,
                String.join(", ", RELEASES.values()),
                ProtocolVersion.OLDEST,
                ProtocolVersion.LATEST));
  }

  public ProtocolVersion version() {
    return new ProtocolVersion(ProtocolVersion.LATEST.major(), minor);
  }

  /** {@code Linux 6.12}, or {@code FUSE 7.40} if no well-known kernel speaks that. */
  @Override
  public String name() {
    String release = RELEASES.get(minor);
    return release == null ? "FUSE " + version() : "Linux " + release;
  }

  /** Its version of the protocol. */
  @Override
  public String detail() {
    return version().toString();
  }

  /**
   * True if this kernel sends {@code opcode}, on one or another kind of mount. Those of virtiofs
   * and CUSE do not come over /dev/fuse at all.
   */
  public boolean sends(Opcode opcode) {
    return switch (opcode) {
      case SETUPMAPPING, REMOVEMAPPING, CUSE_INIT -> false;
      default -> opcode.since() <= minor;
    };
  }

  /**
   * The flags that this kernel offers in INIT, less what a socket in the place of /dev/fuse cannot
   * do: splice(2) of messages, io_uring queues, and the ioctls by which backing files are named.
   */
  public Set<InitFlag> offers() {
    Set<InitFlag> offered = EnumSet.noneOf(InitFlag.class);
    for (InitFlag flag : InitFlag.values()) {
      if (since(flag) <= minor) {
        offered.add(flag);
      }
    }
    return offered;
  }

  private static final int NEVER = Integer.MAX_VALUE;

  /** The minor with which a kernel began to offer a flag. */
  private static int since(InitFlag flag) {
    return switch (flag) {
      case ASYNC_READ, POSIX_LOCKS, ATOMIC_O_TRUNC, EXPORT_SUPPORT, BIG_WRITES, DONT_MASK -> 12;
      case FLOCK_LOCKS -> 17;
      case HAS_IOCTL_DIR -> 18;
      case AUTO_INVAL_DATA -> 20;
      case DO_READDIRPLUS, READDIRPLUS_AUTO -> 21;
      case ASYNC_DIO -> 22;
      case WRITEBACK_CACHE, NO_OPEN_SUPPORT -> 23;
      case PARALLEL_DIROPS -> 25;
      case HANDLE_KILLPRIV, POSIX_ACL -> 26;
      case ABORT_ERROR -> 27;
      case MAX_PAGES, CACHE_SYMLINKS -> 28;
      case NO_OPENDIR_SUPPORT -> 29;
      case EXPLICIT_INVAL_DATA -> 30;
      case HANDLE_KILLPRIV_V2, SETXATTR_EXT -> 33;
      case INIT_EXT, SECURITY_CTX -> 36;
      case CREATE_SUPP_GROUP, HAS_EXPIRE_ONLY -> 38;
      case DIRECT_IO_ALLOW_MMAP -> 39;
      case NO_EXPORT_SUPPORT, HAS_RESEND -> 40;
      case ALLOW_IDMAP -> 41;
      case REQUEST_TIMEOUT -> 43;
      case SPLICE_WRITE, SPLICE_MOVE, SPLICE_READ, OVER_IO_URING, PASSTHROUGH -> NEVER;
      // Only virtiofs has these, and nobody the first and the last.
      case FILE_OPS, MAP_ALIGNMENT, SUBMOUNTS, HAS_INODE_DAX, INIT_RESERVED -> NEVER;
    };
  }

  @Override
  public int compareTo(KernelPreset other) {
    return Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return RELEASES.containsKey(minor) ? name() + " (" + version() + ")" : name();
  }
}
