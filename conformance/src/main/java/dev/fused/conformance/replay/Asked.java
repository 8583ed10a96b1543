package dev.fused.conformance.replay;

import dev.fused.protocol.Opcode;
import dev.fused.protocol.request.FuseRequest;
import dev.fused.protocol.request.RequestHeader;
import dev.fused.server.capture.CapturedFrame;
import org.jspecify.annotations.Nullable;

/**
 * A captured request, whose reply is to come.
 *
 * @param request null if it cannot be decoded
 * @param problem why it cannot be decoded, null if it can
 */
record Asked(
    CapturedFrame frame,
    RequestHeader header,
    @Nullable FuseRequest request,
    @Nullable String problem) {
  /** Null if the number has no constant. */
  @Nullable Opcode opcode() {
    return Opcode.of(header.opcode());
  }

  boolean expectsReply() {
    Opcode opcode = opcode();
    return opcode == null || opcode.expectsReply();
  }
}
