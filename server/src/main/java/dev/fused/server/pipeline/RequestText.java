package dev.fused.server.pipeline;

import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestHeader;
import java.util.regex.Pattern;

/** Requests on one line, for people. */
public final class RequestText {
  private static final Pattern BUFFER = Pattern.compile("\\w*ByteBuf\\([^)]*\\)+");

  private RequestText() {}

  /** Unique, opcode and who asks about what; then the fields of the operation. */
  public static String of(FuseRequest request) {
    RequestHeader header = request.header();
    return "#%s %s nodeid %s uid %s gid %s pid %d %s"
        .formatted(
            Long.toUnsignedString(header.unique()),
            header.opcodeName(),
            Long.toUnsignedString(header.nodeid()),
            Integer.toUnsignedString(header.uid()),
            Integer.toUnsignedString(header.gid()),
            header.pid(),
            readable(request.toString().replace(header.toString(), "")))
        .stripTrailing();
  }

  /** The fields of a record, without its name, the header and what a buffer says of itself. */
  private static String readable(String record) {
    String fields = record.substring(record.indexOf('[')).replaceFirst("header=(, )?", "");
    return BUFFER.matcher(fields).replaceAll("bytes").replace("[]", "");
  }
}
