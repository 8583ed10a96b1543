package dev.fused.protocol.request;

import dev.fused.protocol.FileName;
import dev.fused.protocol.WireFormat;
import io.netty.buffer.ByteBuf;

/**
 * CREATE: open(2) with O_CREAT of a name that does not exist. {@code struct fuse_create_in}.
 *
 * @param name the new entry
 */
public record Create(
    RequestHeader header,
    int flags,
    int mode,
    int umask,
    int openFlags,
    FileName name,
    Extensions extensions)
    implements CreateIn {
  static Create decode(
      RequestHeader header, ByteBuf operation, ByteBuf payload, WireFormat format) {
    FileName name = Payload.readEntryName(header, payload, "name");
    Extensions extensions = Extensions.decode(header, payload);
    return CreateIn.decode(header, operation, format, name, extensions, Create::new);
  }
}
