package dev.fused.server.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Users and groups as the C library finds them, in /etc/passwd or wherever nsswitch.conf(5) says.
 * One thread at a time; may block. Not for a thread that serves: the database may lie on the mount.
 */
public final class UserDatabase {
  private static final MethodHandle GETPWNAM = Libc.link("getpwnam", Libc.SIX_WORDS);
  private static final MethodHandle GETPWUID = Libc.link("getpwuid", Libc.SIX_WORDS);
  private static final MethodHandle GETGRNAM = Libc.link("getgrnam", Libc.SIX_WORDS);

  /** Of {@code pw_uid} in {@code struct passwd}, and of {@code gr_gid} in {@code struct group}. */
  private static final int ID_OFFSET = 16;

  private static final int PRIMARY_GROUP_OFFSET = 20;
  private static final int PREFIX_SIZE = 24;

  private UserDatabase() {}

  /**
   * An entry of the database.
   *
   * @param uid of the user; unsigned
   * @param gid of the user's primary group; unsigned
   */
  public record User(int uid, int gid) {}

  /** The user with a name. */
  public static Optional<User> user(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return user(Libc.address(GETPWNAM, Libc.cString(arena, name)));
    }
  }

  /** The user with a uid. */
  public static Optional<User> user(int uid) {
    return user(Libc.address(GETPWUID, Integer.toUnsignedLong(uid)));
  }

  private static Optional<User> user(long passwd) {
    if (passwd == 0) {
      return Optional.empty();
    }
    MemorySegment entry = entry(passwd);
    return Optional.of(
        new User(entry.get(JAVA_INT, ID_OFFSET), entry.get(JAVA_INT, PRIMARY_GROUP_OFFSET)));
  }

  /** The gid of the group with a name. */
  public static OptionalInt group(String name) {
    try (Arena arena = Arena.ofConfined()) {
      long group = Libc.address(GETGRNAM, Libc.cString(arena, name));
      return group == 0
          ? OptionalInt.empty()
          : OptionalInt.of(entry(group).get(JAVA_INT, ID_OFFSET));
    }
  }

  /** Memory of the C library, which is valid until the next call. */
  @SuppressWarnings("restricted")
  private static MemorySegment entry(long address) {
    return MemorySegment.ofAddress(address).reinterpret(PREFIX_SIZE);
  }
}
