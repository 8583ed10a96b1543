package dev.fused.fs.memory;

import dev.fused.protocol.FileName;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An access control list, acl(5). The kernel checks access by it; who stores it keeps it in step
 * with the mode.
 *
 * <p>It stands for the nine permission bits of a mode: those of the owner, of the group class,
 * which the mask bounds if there is one, and of all others. Immutable.
 *
 * @param entries in the order of their tags; owner, owning group and others once, a mask at most
 *     once and always if users or groups are named
 */
record PosixAcl(List<Permit> entries) {
  /** The extended attribute with the list that decides on access. */
  static final FileName ACCESS = FileName.of("system.posix_acl_access");

  /** The extended attribute of a directory with the list that what is made in it gets. */
  static final FileName DEFAULT = FileName.of("system.posix_acl_default");

  /** {@code struct posix_acl_xattr_header}: the version. */
  private static final int VERSION = 2;

  /** {@code struct posix_acl_xattr_entry}: tag and permissions in two bytes each, id in four. */
  private static final int ENTRY_SIZE = 8;

  private static final int OWNER = 0x01;
  private static final int USER = 0x02;
  private static final int OWNING_GROUP = 0x04;
  private static final int GROUP = 0x08;
  private static final int MASK = 0x10;
  private static final int OTHERS = 0x20;

  /** How far the permissions of owner and group class are shifted in a mode. */
  private static final int OWNER_SHIFT = 6;

  private static final int GROUP_SHIFT = 3;

  /**
   * What somebody may do.
   *
   * @param tag whom it is for
   * @param permissions read 4, write 2, execute 1
   * @param id of a named user or group; else meaningless
   */
  record Permit(int tag, int permissions, int id) {}

  PosixAcl {
    entries = List.copyOf(entries);
  }

  /** Reads the value of an extended attribute; null if it is no valid list. */
  static @Nullable PosixAcl parse(byte[] value) {
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    if (value.length % ENTRY_SIZE != Integer.BYTES || in.getInt() != VERSION) {
      return null;
    }
    List<Permit> entries = new ArrayList<>(value.length / ENTRY_SIZE);
    while (in.hasRemaining()) {
      entries.add(new Permit(in.getShort(), in.getShort(), in.getInt()));
    }
    PosixAcl acl = new PosixAcl(entries);
    return acl.isValid() ? acl : null;
  }

  /** The value of the extended attribute. */
  byte[] encode() {
    ByteBuffer out =
        ByteBuffer.allocate(Integer.BYTES + entries.size() * ENTRY_SIZE)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(VERSION);
    for (Permit entry : entries) {
      out.putShort((short) entry.tag).putShort((short) entry.permissions).putInt(entry.id);
    }
    return out.array();
  }

  /** The permission bits, 0 to 0777, that it stands for. */
  int mode() {
    int groupClass = groupClass();
    int mode = 0;
    for (Permit entry : entries) {
      if (entry.tag == OWNER) {
        mode |= entry.permissions << OWNER_SHIFT;
      } else if (entry.tag == groupClass) {
        mode |= entry.permissions << GROUP_SHIFT;
      } else if (entry.tag == OTHERS) {
        mode |= entry.permissions;
      }
    }
    return mode;
  }

  /** The same list after chmod(2). Permissions of named users and groups stay, below the mask. */
  PosixAcl withMode(int mode) {
    int groupClass = groupClass();
    List<Permit> changed = new ArrayList<>(entries.size());
    for (Permit entry : entries) {
      int permissions = entry.permissions;
      if (entry.tag == OWNER) {
        permissions = mode >>> OWNER_SHIFT & 7;
      } else if (entry.tag == groupClass) {
        permissions = mode >>> GROUP_SHIFT & 7;
      } else if (entry.tag == OTHERS) {
        permissions = mode & 7;
      }
      changed.add(new Permit(entry.tag, permissions, entry.id));
    }
    return new PosixAcl(changed);
  }

  /** True if it says no more than {@link #mode} does. */
  boolean isMinimal() {
    return entries.size() == 3;
  }

  /** The tag of the entry whose permissions are those of the mode's group. */
  private int groupClass() {
    return has(MASK) ? MASK : OWNING_GROUP;
  }

  private boolean has(int tag) {
    return entries.stream().anyMatch(entry -> entry.tag == tag);
  }

  private boolean isValid() {
    int before = 0;
    for (Permit entry : entries) {
      boolean mayRepeat = entry.tag == USER || entry.tag == GROUP;
      boolean isInOrder = mayRepeat ? entry.tag >= before : entry.tag > before;
      if (!isInOrder || Integer.bitCount(entry.tag) != 1 || (entry.permissions & ~7) != 0) {
        return false;
      }
      before = entry.tag;
    }
    boolean namesSomebody = has(USER) || has(GROUP);
    return has(OWNER) && has(OWNING_GROUP) && before == OTHERS && (has(MASK) || !namesSomebody);
  }
}
