package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import io.netty.buffer.ByteBuf;

/**
 * Reads and writes what follows the fixed structure of a request: names closed by NUL, and data.
 */
final class Payload {
  private static final byte NUL = 0;
  private static final byte SLASH = '/';

  private Payload() {}

  /** The name of a directory entry that an operation creates or changes: neither "." nor "..". */
  static FileName readEntryName(RequestHeader header, ByteBuf in, String field) {
    FileName name = readLookupName(header, in, field);
    if (name.isDotOrDotDot()) {
      throw header.violation(field, name, "a name other than . and ..");
    }
    return name;
  }

  /** A name that is looked up: one component of a path, "." and ".." included. */
  static FileName readLookupName(RequestHeader header, ByteBuf in, String field) {
    FileName name = readText(header, in, field);
    for (int i = 0; i < name.length(); i++) {
      if (name.byteAt(i) == SLASH) {
        throw header.violation(field, name, "a name without /");
      }
    }
    return name;
  }

  /** The target of a symbolic link or the name of an attribute: anything that is not empty. */
  static FileName readText(RequestHeader header, ByteBuf in, String field) {
    int length = in.bytesBefore(NUL);
    if (length < 0) {
      throw header.violation(field + " length", in.readableBytes(), "a NUL that ends it");
    }
    if (length == 0) {
      throw header.violation(field + " length", 0, "at least 1");
    }
    FileName name = FileName.read(in, length);
    in.skipBytes(1);
    return name;
  }

  static void writeName(ByteBuf out, FileName name) {
    name.writeTo(out);
    out.writeByte(NUL);
  }

  /** All that is left, without copying it; must be as long as {@code size} says. */
  static ByteBuf readData(RequestHeader header, ByteBuf in, String field, int size) {
    if (size != in.readableBytes()) {
      throw header.violation(
          field, Integer.toUnsignedLong(size), in.readableBytes() + ", the length of the data");
    }
    return in.readSlice(size);
  }

  /** Appends the readable bytes of {@code data} and leaves its indices alone. */
  static void writeData(ByteBuf out, ByteBuf data) {
    out.writeBytes(data, data.readerIndex(), data.readableBytes());
  }

  /** Requires that exactly {@code count} records of {@code recordSize} bytes are left. */
  static void requireRecords(RequestHeader header, ByteBuf in, int count, int recordSize) {
    if (Integer.toUnsignedLong(count) * recordSize != in.readableBytes()) {
      throw header.violation(
          "count",
          Integer.toUnsignedLong(count),
          "as many as fill the " + in.readableBytes() + " bytes that follow");
    }
  }
}
