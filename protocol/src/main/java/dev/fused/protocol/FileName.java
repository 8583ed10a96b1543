package dev.fused.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A name as the kernel knows it: bytes without NUL. A file name need not be UTF-8, so it is
 * compared and hashed as bytes and becomes a {@link String} only to be shown.
 *
 * <p>Names of directory entries, names of extended attributes and targets of symbolic links are all
 * of this type. Immutable.
 */
public final class FileName implements Comparable<FileName> {
  public static final FileName DOT = of(".");
  public static final FileName DOT_DOT = of("..");

  private final byte[] bytes;
  private final int hash;

  private FileName(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  /** The UTF-8 bytes of {@code name}. */
  public static FileName of(String name) {
    return new FileName(name.getBytes(StandardCharsets.UTF_8));
  }

  /** A copy of {@code bytes}. */
  public static FileName of(byte[] bytes) {
    return new FileName(bytes.clone());
  }

  /** Reads the next {@code length} bytes of {@code in}, which must be readable. */
  public static FileName read(ByteBuf in, int length) {
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    return new FileName(bytes);
  }

  /** Number of bytes. */
  public int length() {
    return bytes.length;
  }

  /** The byte at {@code index}, from 0. */
  public byte byteAt(int index) {
    return bytes[index];
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** Appends the bytes, without NUL. */
  public void writeTo(ByteBuf out) {
    out.writeBytes(bytes);
  }

  /** True if these are the UTF-8 bytes of {@code name}. */
  public boolean is(String name) {
    return Arrays.equals(bytes, name.getBytes(StandardCharsets.UTF_8));
  }

  public boolean startsWith(String prefix) {
    byte[] start = prefix.getBytes(StandardCharsets.UTF_8);
    return bytes.length >= start.length
        && Arrays.equals(bytes, 0, start.length, start, 0, start.length);
  }

  /** True for "." and "..". */
  public boolean isDotOrDotDot() {
    return equals(DOT) || equals(DOT_DOT);
  }

  /** Orders by unsigned bytes. */
  @Override
  public int compareTo(FileName other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FileName name && hash == name.hash && Arrays.equals(bytes, name.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** For people: decoded as UTF-8, invalid bytes and control characters shown as {@code \xNN}. */
  @Override
  public String toString() {
    String text = new String(bytes, StandardCharsets.UTF_8);
    boolean clean =
        text.chars().noneMatch(c -> Character.isISOControl(c) || c == '\uFFFD' || c == '\\');
    if (clean) {
      return text;
    }
    StringBuilder escaped = new StringBuilder();
    for (byte b : bytes) {
      boolean printable = b >= 0x20 && b < 0x7f && b != '\\';
      escaped.append(printable ? String.valueOf((char) b) : String.format("\\x%02x", b));
    }
    return escaped.toString();
  }
}
