package dev.fused.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What a request asks for: all opcodes of protocol 7.45, named as in {@code enum fuse_opcode}.
 *
 * <p>Each constant knows its number, the minor that introduced it and the size of its fixed
 * structure, which stands between the request header and the names or data.
 */
public enum Opcode {
  LOOKUP(1, 1, 0),
  FORGET(2, 1, 8),
  GETATTR(3, 1, 16, 0, 9),
  SETATTR(4, 1, 88),
  READLINK(5, 1, 0),
  SYMLINK(6, 1, 0),
  MKNOD(8, 1, 16, 8, 12),
  MKDIR(9, 1, 8),
  UNLINK(10, 1, 0),
  RMDIR(11, 1, 0),
  RENAME(12, 1, 8),
  LINK(13, 1, 8),
  OPEN(14, 1, 8),
  READ(15, 1, 40, 24, 9),
  WRITE(16, 1, 40, 24, 9),
  STATFS(17, 1, 0),
  RELEASE(18, 1, 24),
  FSYNC(20, 1, 16),
  SETXATTR(21, 1, 16),
  GETXATTR(22, 1, 8),
  LISTXATTR(23, 1, 8),
  REMOVEXATTR(24, 1, 0),
  FLUSH(25, 1, 24),
  INIT(26, 1, 64),
  OPENDIR(27, 1, 8),
  READDIR(28, 1, 40, 24, 9),
  RELEASEDIR(29, 1, 24),
  FSYNCDIR(30, 2, 16),
  GETLK(31, 7, 48, 40, 9),
  SETLK(32, 7, 48, 40, 9),
  SETLKW(33, 7, 48, 40, 9),
  ACCESS(34, 3, 8),
  CREATE(35, 3, 16, 8, 12),
  INTERRUPT(36, 7, 8),
  BMAP(37, 8, 16),
  DESTROY(38, 8, 0),
  IOCTL(39, 11, 32),
  POLL(40, 11, 24),
  NOTIFY_REPLY(41, 15, 40),
  BATCH_FORGET(42, 16, 8),
  FALLOCATE(43, 19, 32),
  READDIRPLUS(44, 21, 40),
  RENAME2(45, 23, 16),
  LSEEK(46, 24, 24),
  COPY_FILE_RANGE(47, 28, 56),
  SETUPMAPPING(48, 31, 40),
  REMOVEMAPPING(49, 31, 4),
  SYNCFS(50, 34, 8),
  TMPFILE(51, 37, 16),
  STATX(52, 39, 24),
  COPY_FILE_RANGE_64(53, 45, 56),
  /** Only on /dev/cuse. */
  CUSE_INIT(4096, 11, 16);

  private static final int SHORT_SETXATTR = 8;
  private static final @Nullable Opcode[] BY_NUMBER = new @Nullable Opcode[54];

  static {
    for (Opcode opcode : values()) {
      if (opcode != CUSE_INIT) {
        BY_NUMBER[opcode.number] = opcode;
      }
    }
  }

  private final int number;
  private final int since;
  private final int size;
  private final int shortSize;
  private final int shortBefore;

  Opcode(int number, int since, int size) {
    this(number, since, size, size, 0);
  }

  Opcode(int number, int since, int size, int shortSize, int shortBefore) {
    this.number = number;
    this.since = since;
    this.size = size;
    this.shortSize = shortSize;
    this.shortBefore = shortBefore;
  }

  /** The number on the wire. */
  public int number() {
    return number;
  }

  /** The minor of protocol 7 that introduced it. */
  public int since() {
    return since;
  }

  /**
   * False for the requests that nobody waits for: FORGET, BATCH_FORGET, NOTIFY_REPLY. INTERRUPT may
   * be answered.
   */
  public boolean expectsReply() {
    return this != FORGET && this != BATCH_FORGET && this != NOTIFY_REPLY && this != INTERRUPT;
  }

  /** True for the requests that create an inode: extensions may follow their names. */
  public boolean carriesExtensions() {
    return switch (this) {
      case SYMLINK, MKNOD, MKDIR, CREATE, TMPFILE -> true;
      default -> false;
    };
  }

  /**
   * True for INIT and CUSE_INIT, whose structure is as long as the message says: they come before
   * any layout was agreed on.
   */
  public boolean negotiates() {
    return this == INIT || this == CUSE_INIT;
  }

  /**
   * Bytes of the fixed structure, 0 if there is none. For requests that {@link #negotiates()
   * negotiate} it is the newest size.
   */
  public int operationSize(WireFormat format) {
    if (this == SETXATTR && !format.setxattrExt()) {
      return SHORT_SETXATTR;
    }
    return format.before(shortBefore) ? shortSize : size;
  }

  /**
   * The constant of a number, or null if protocol 7.45 has no such opcode: answer it with ENOSYS.
   */
  public static @Nullable Opcode of(int number) {
    if (number >= 0 && number < BY_NUMBER.length) {
      return BY_NUMBER[number];
    }
    return number == CUSE_INIT.number ? CUSE_INIT : null;
  }

  /** The name of a number, known or not; for messages. */
  public static String describe(int number) {
    Opcode opcode = of(number);
    return opcode == null ? "opcode " + Integer.toUnsignedString(number) : opcode.name();
  }
}
