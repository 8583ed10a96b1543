package dev.fused.protocol.reply;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.LongConsumer;

/**
 * Fills the answer to one READDIR ({@link #add}) or READDIRPLUS ({@link #addPlus}) with as many
 * entries as fit.
 *
 * <p>The file system adds entries until one does not fit or there are no more; an empty answer
 * means the end of the directory. Not thread-safe.
 */
public final class DirectoryBuffer {
  private final ByteBuf out;
  private final int end;
  private final WireFormat format;

  /**
   * A buffer that appends to {@code out}.
   *
   * @param size the most bytes to append: the request's size
   */
  public DirectoryBuffer(ByteBuf out, int size, WireFormat format) {
    this.out = out;
    this.end = out.writerIndex() + size;
    this.format = format;
  }

  /**
   * Adds an entry to a READDIR answer.
   *
   * @param type DT_ number: the type bits of a mode, shifted right by 12
   * @param nextOffset what a later request gives as its offset to continue after this entry; never
   *     0
   * @return false if it does not fit; nothing was added then
   */
  public boolean add(FileName name, long ino, int type, long nextOffset) {
    if (Dirent.sizeOnWire(name.length()) > remaining()) {
      return false;
    }
    Dirent.encode(out, ino, nextOffset, type, name);
    return true;
  }

  /**
   * Adds an entry to a READDIRPLUS answer. It counts as a lookup, unless its nodeid is 0 or the
   * name is "." or "..".
   *
   * @param nextOffset what a later request gives as its offset to continue after this entry; never
   *     0
   * @return false if it does not fit; nothing was added then
   */
  public boolean addPlus(EntryOut entry, FileName name, long nextOffset) {
    if (EntryOut.sizeOnWire(format) + Dirent.sizeOnWire(name.length()) > remaining()) {
      return false;
    }
    entry.encode(out, format);
    Dirent.encode(out, entry.attr().ino(), nextOffset, entry.attr().direntType(), name);
    return true;
  }

  /** Bytes that may still be added. */
  public int remaining() {
    return end - out.writerIndex();
  }

  /**
   * The entries of a READDIR answer, which is consumed.
   *
   * @throws dev.fused.protocol.ProtocolException if an entry is cut short
   */
  public static List<Dirent> decode(ByteBuf in, WireFormat format) {
    return decodeAll(in, format, Dirent::decode);
  }

  /**
   * The entries of a READDIRPLUS answer, which is consumed.
   *
   * @throws dev.fused.protocol.ProtocolException if an entry is cut short
   */
  public static List<DirentPlus> decodePlus(ByteBuf in, WireFormat format) {
    return decodeAll(in, format, DirentPlus::decode);
  }

  /**
   * Gives the nodeid of each entry of a READDIRPLUS answer that counts as a lookup, for who has to
   * take the lookups back because the kernel did not accept the answer. Leaves the indices of
   * {@code answer} alone.
   */
  public static void forEachEntryNodeid(ByteBuf answer, WireFormat format, LongConsumer action) {
    ByteBuf in = answer.duplicate();
    while (in.isReadable()) {
      DirentPlus plus = DirentPlus.decode(in, format);
      if (plus.countsAsLookup()) {
        action.accept(plus.entry().nodeid());
      }
    }
  }

  private static <T> List<T> decodeAll(
      ByteBuf in, WireFormat format, BiFunction<ByteBuf, WireFormat, T> decoder) {
    List<T> entries = new ArrayList<>();
    while (in.isReadable()) {
      entries.add(decoder.apply(in, format));
    }
    return entries;
  }
}
