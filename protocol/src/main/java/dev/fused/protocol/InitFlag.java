package dev.fused.protocol;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/**
 * The bits of the INIT exchange, in order of the bits. The kernel offers them, the server's reply
 * echoes those it will honour; what each comment says is what echoing promises.
 */
public enum InitFlag {
  /** Several reads of one handle may be under way and arrive out of order. */
  ASYNC_READ(0, Honoured.LIBRARY),
  /** GETLK, SETLK and SETLKW keep the locks of fcntl(2); otherwise the kernel keeps them itself. */
  POSIX_LOCKS(1, Honoured.FILE_SYSTEM),
  /** Nothing: no kernel ever implemented or offered it. */
  FILE_OPS(2, Honoured.NOBODY),
  /** OPEN truncates when its flags have O_TRUNC; otherwise a SETATTR of the size comes first. */
  ATOMIC_O_TRUNC(3, Honoured.FILE_SYSTEM),
  /**
   * LOOKUP answers "." and ".." for every known nodeid, so that NFS and open_by_handle_at(2) work.
   */
  EXPORT_SUPPORT(4, Honoured.FILE_SYSTEM),
  /** A WRITE may be longer than a page. */
  BIG_WRITES(5, Honoured.LIBRARY),
  /**
   * The server applies the umask of MKNOD, MKDIR, CREATE and TMPFILE itself, or a default ACL in
   * its place.
   */
  DONT_MASK(6, Honoured.FILE_SYSTEM),
  /** Nothing: the device can be written with splice(2). */
  SPLICE_WRITE(7, Honoured.KERNEL),
  /** Nothing: the device can take over pages that are spliced into it. */
  SPLICE_MOVE(8, Honoured.KERNEL),
  /** Nothing: the device can be read with splice(2). */
  SPLICE_READ(9, Honoured.KERNEL),
  /** SETLK and SETLKW keep the locks of flock(2); otherwise the kernel keeps them itself. */
  FLOCK_LOCKS(10, Honoured.FILE_SYSTEM),
  /** Nothing: IOCTL also comes for directories. */
  HAS_IOCTL_DIR(11, Honoured.KERNEL),
  /**
   * Every change of a file changes its mtime or size: the kernel drops cached data when these
   * changed.
   */
  AUTO_INVAL_DATA(12, Honoured.FILE_SYSTEM),
  /** READDIRPLUS is answered. */
  DO_READDIRPLUS(13, Honoured.FILE_SYSTEM),
  /**
   * The kernel chooses between READDIR and READDIRPLUS; no effect without {@link #DO_READDIRPLUS}.
   */
  READDIRPLUS_AUTO(14, Honoured.FILE_SYSTEM),
  /** Direct I/O of one call may arrive as several requests at once. */
  ASYNC_DIO(15, Honoured.LIBRARY),
  /**
   * Size, mtime and ctime belong to the kernel, O_APPEND is ignored, and READ on write-only handles
   * is served.
   */
  WRITEBACK_CACHE(16, Honoured.FILE_SYSTEM),
  /** Nothing: ENOSYS to OPEN means that no file needs to be opened any more. */
  NO_OPEN_SUPPORT(17, Honoured.KERNEL),
  /** LOOKUP and READDIR of one directory may run at once. */
  PARALLEL_DIROPS(18, Honoured.LIBRARY),
  /** Write, truncate and chown clear set-uid, set-gid and file capabilities. */
  HANDLE_KILLPRIV(19, Honoured.FILE_SYSTEM),
  /**
   * ACLs are stored, the mode is kept in step with them and default ACLs are inherited; the kernel
   * enforces them.
   */
  POSIX_ACL(20, Honoured.FILE_SYSTEM),
  /** Reading the device after an abort gives ECONNABORTED in place of ENODEV. */
  ABORT_ERROR(21, Honoured.LIBRARY),
  /** The reply's {@code maxPages} is valid. */
  MAX_PAGES(22, Honoured.LIBRARY),
  /**
   * The size of a symbolic link is the length of its target: the kernel caches what READLINK
   * answers.
   */
  CACHE_SYMLINKS(23, Honoured.FILE_SYSTEM),
  /** Nothing: ENOSYS to OPENDIR means that no directory needs to be opened any more. */
  NO_OPENDIR_SUPPORT(24, Honoured.KERNEL),
  /** Cached data is stale only when a notification says so. */
  EXPLICIT_INVAL_DATA(25, Honoured.FILE_SYSTEM),
  /** The reply's {@code mapAlignment} is valid; only virtiofs has such mappings. */
  MAP_ALIGNMENT(26, Honoured.NOBODY),
  /**
   * Directories with {@code SUBMOUNT} among the flags of their attributes are mounts of their own;
   * virtiofs only.
   */
  SUBMOUNTS(27, Honoured.NOBODY),
  /**
   * Set-uid and set-gid are cleared when a request says so, file capabilities on every write,
   * truncate and chown.
   */
  HANDLE_KILLPRIV_V2(28, Honoured.FILE_SYSTEM),
  /** SETXATTR comes with its longer structure, which has flags. */
  SETXATTR_EXT(29, Honoured.LIBRARY),
  /** Bits 32 and up are valid, in both directions. */
  INIT_EXT(30, Honoured.LIBRARY),
  /** Nothing: must stay 0. */
  INIT_RESERVED(31, Honoured.NOBODY),
  /** Requests that create an inode may carry security contexts, which are stored with it. */
  SECURITY_CTX(32, Honoured.FILE_SYSTEM),
  /**
   * Inodes with {@code DAX} among the flags of their attributes are mapped directly; virtiofs only.
   */
  HAS_INODE_DAX(33, Honoured.NOBODY),
  /** Requests that create an inode may carry a supplementary group that counts as the caller's. */
  CREATE_SUPP_GROUP(34, Honoured.FILE_SYSTEM),
  /** Nothing: the INVAL_ENTRY notification understands EXPIRE_ONLY. */
  HAS_EXPIRE_ONLY(35, Honoured.KERNEL),
  /** Files opened with DIRECT_IO may be mapped shared. */
  DIRECT_IO_ALLOW_MMAP(36, Honoured.FILE_SYSTEM),
  /** Opens may name a backing file that the kernel then reads and writes itself. */
  PASSTHROUGH(37, Honoured.FILE_SYSTEM),
  /** No file handle of this file system can be decoded: open_by_handle_at(2) always fails. */
  NO_EXPORT_SUPPORT(38, Honoured.FILE_SYSTEM),
  /** Nothing: the RESEND notification exists. */
  HAS_RESEND(39, Honoured.KERNEL),
  /**
   * Nothing depends on uid and gid of requests that create no inode, which come without them, so
   * that the mount can be idmapped. Only for mounts whose user asks for it, and whose permissions
   * the kernel checks.
   */
  ALLOW_IDMAP(40, Honoured.FILE_SYSTEM),
  /** Requests come through io_uring queues. */
  OVER_IO_URING(41, Honoured.LIBRARY),
  /** The reply's {@code requestTimeout} is valid. */
  REQUEST_TIMEOUT(42, Honoured.LIBRARY);

  /** Who keeps the promise of a flag. */
  public enum Honoured {
    /** The kernel announces what it can do; there is nothing to echo. */
    KERNEL,
    /** The session or the transport: they set the flag themselves. */
    LIBRARY,
    /** The file system, which has to ask for the flag. */
    FILE_SYSTEM,
    /** No code yet: asking for the flag is refused. */
    NOBODY
  }

  private final int position;
  private final Honoured honoured;

  InitFlag(int position, Honoured honoured) {
    this.position = position;
    this.honoured = honoured;
  }

  /**
   * The flag's one bit among all 64: {@code flags} of the INIT structures, or {@code flags2} from
   * bit 32 on.
   */
  public long bit() {
    return 1L << position;
  }

  public Honoured honoured() {
    return honoured;
  }

  /** All bits of {@code flags}. */
  public static long mask(Collection<InitFlag> flags) {
    long mask = 0;
    for (InitFlag flag : flags) {
      mask |= flag.bit();
    }
    return mask;
  }

  /** The flags of {@code mask}; bits that protocol 7.45 does not name are left out. */
  public static Set<InitFlag> of(long mask) {
    Set<InitFlag> flags = EnumSet.noneOf(InitFlag.class);
    for (InitFlag flag : values()) {
      if ((mask & flag.bit()) != 0) {
        flags.add(flag);
      }
    }
    return flags;
  }
}
