package dev.fused.fs.memory;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;

/**
 * What can be done to the bytes of regular files, wherever they are. All changes of them that the
 * kernel asks for happen here. What was never written is a hole and reads as zeros.
 *
 * <p>The caller holds the lock of the file, and keeps its times. Offsets and ends are bytes from 0
 * to 2<sup>63</sup>−1; an end is exclusive.
 */
interface FileContents {
  /**
   * A handle was opened.
   *
   * @param openFlags those of open(2)
   * @return the backing file that the kernel is to use, 0 if there is none, or a negative error
   *     number
   */
  int opened(RegularFile file, int openFlags);

  /** The last handle was closed. */
  void closed(RegularFile file);

  /** The bytes from {@code offset} on, at most {@code size}, as far as the file has them. */
  ByteBuf[] read(RegularFile file, long offset, int size);

  /**
   * Writes all of {@code source}, or as much from its start as there is room for.
   *
   * @return how many bytes were written, 0 if the store is full
   */
  int write(RegularFile file, long offset, MemorySegment source);

  /** Makes the file shorter or longer; what is new is a hole. */
  void resize(RegularFile file, long size);

  /** Makes a hole of {@code [from, to)}. Does not change the size. */
  void discard(RegularFile file, long from, long to);

  /**
   * Gives {@code [from, to)} memory, so that later writes there cannot fail. Does not change the
   * size, nor bytes.
   *
   * @return false, having changed nothing, if there is not enough room
   */
  boolean allocate(RegularFile file, long from, long to);

  /** Fills {@code [from, to)} with zeros, in place where there is memory. */
  void zeroPresent(RegularFile file, long from, long to);

  /** The first byte from {@code offset} on that is no hole, or -1 if there is none. */
  long seekData(RegularFile file, long offset);

  /** The first byte from {@code offset} on that is in a hole or the end, or -1 if beyond that. */
  long seekHole(RegularFile file, long offset);

  /**
   * Copies bytes of {@code source}, whose contents are of the same kind, over those of {@code
   * target}. Both files are locked; ranges in one file do not overlap.
   *
   * @param sourceContents those of {@code source}
   * @param from the first byte in {@code source}; all bytes up to {@code end} lie inside it
   * @param offset where the first byte goes
   * @return how many bytes were copied: less than asked for if the store is full
   */
  long copy(
      RegularFile source,
      FileContents sourceContents,
      long from,
      long end,
      RegularFile target,
      long offset);

  /** The file is gone: frees all that it has. */
  void free(RegularFile file);
}
