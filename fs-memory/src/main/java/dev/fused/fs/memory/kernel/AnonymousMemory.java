package dev.fused.fs.memory.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory straight from the system, which costs nothing until it is touched. What Java allocates
 * itself it fills with zeros first, and thereby touches all of it. Any thread.
 */
public final class AnonymousMemory {
  private AnonymousMemory() {}

  /**
   * Zeroed memory on pages of its own; large ones, if the system has them to spare.
   *
   * @param arena with which the memory goes back
   * @throws OutOfMemoryError if there is none
   */
  @SuppressWarnings("restricted") // size and life of the memory are those of the mapping
  public static MemorySegment map(Arena arena, long size) {
    long address = Calls.mmap(size);
    if (address < 0 && address > -4096) {
      throw new OutOfMemoryError("cannot map " + size + " bytes: error " + -address);
    }
    Calls.madviseHugepage(address, size); // what it answers changes nothing
    return MemorySegment.ofAddress(address)
        .reinterpret(size, arena, memory -> Calls.munmap(memory.address(), size));
  }
}
