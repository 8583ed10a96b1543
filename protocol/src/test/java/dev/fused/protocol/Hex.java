package dev.fused.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import java.util.stream.Collectors;

/** Bytes as rows of hexadecimal digits, each with a comment after {@code #}. */
public final class Hex {
  private Hex() {}

  /** The bytes that {@code rows} show. */
  public static byte[] bytes(String rows) {
    String digits =
        rows.lines()
            .map(row -> row.contains("#") ? row.substring(0, row.indexOf('#')) : row)
            .map(row -> row.replaceAll("\\s", ""))
            .collect(Collectors.joining());
    return HexFormat.of().parseHex(digits);
  }

  public static ByteBuf buffer(String rows) {
    return Unpooled.wrappedBuffer(bytes(rows));
  }

  /** The readable bytes of {@code buffer}, 8 in a group, to be compared and shown. */
  public static String of(ByteBuf buffer) {
    return of(ByteBufUtil.getBytes(buffer));
  }

  public static String of(byte[] bytes) {
    return HexFormat.of().formatHex(bytes).replaceAll("(.{16})", "$1 ").trim();
  }
}
