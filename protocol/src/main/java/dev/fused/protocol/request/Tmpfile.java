package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * TMPFILE: open(2) with O_TMPFILE. {@code struct fuse_create_in}.
 *
 * @param name a placeholder, "/"; the file has no name
 */
public record Tmpfile(
    RequestHeader header,
    int flags,
    int mode,
    int umask,
    int openFlags,
    FileName name,
    Extensions extensions)
    implements CreateIn {
  static Tmpfile decode(
      RequestHeader header, ByteBuf operation, ByteBuf payload, WireFormat format) {
    FileName name = Payload.readText(header, payload, "name");
    Extensions extensions = Extensions.decode(header, payload);
    return CreateIn.decode(header, operation, format, name, extensions, Tmpfile::new);
  }
}
