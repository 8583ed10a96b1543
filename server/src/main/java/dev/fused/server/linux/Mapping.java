package dev.fused.server.linux;

import dev.fused.protocol.Errno;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory of mmap(2), which goes away with the arena that it belongs to. Any thread. */
public final class Mapping {
  private Mapping() {}

  /**
   * Zeroed memory on pages of its own, each of which costs nothing until it is touched.
   *
   * @throws IOException if there is none
   */
  public static MemorySegment anonymous(Arena arena, long size) throws IOException {
    int flags = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE;
    return map(arena, size, flags, -1, 0);
  }

  /** Gives the whole pages of {@link #anonymous} memory back; they are zeros when touched again. */
  public static void giveBack(MemorySegment memory) {
    Libc.dontNeed(memory.address(), memory.byteSize());
  }

  /**
   * What a descriptor shares with the kernel.
   *
   * @throws IOException if the kernel refuses
   */
  public static MemorySegment shared(Arena arena, long size, int fd, long offset)
      throws IOException {
    return map(arena, size, Libc.MAP_SHARED | Libc.MAP_POPULATE, fd, offset);
  }

  @SuppressWarnings("restricted") // size and life of the memory are those of the mapping
  private static MemorySegment map(Arena arena, long size, int flags, int fd, long offset)
      throws IOException {
    long address = Libc.mmap(size, Libc.PROT_READ | Libc.PROT_WRITE, flags, fd, offset);
    if (address < 0 && address > -4096) {
      throw new IOException(
          "cannot map %d bytes: %s".formatted(size, Errno.describe((int) address)));
    }
    return MemorySegment.ofAddress(address)
        .reinterpret(size, arena, memory -> Libc.munmap(memory.address(), size));
  }
}
